//! The rules of `meaning` for texts; `meaning_numbers` has those for numbers. Alternatives are separated by `|`; each matches the end of a name, or all of it after `^`.

use super::faker::Faked;
use super::meaning::Text;
use Text as T;

/// Texts.
pub(crate) const TEXTS: &[(&str, Text)] = &[
    // Identifiers.
    (
        "id|uid|identifier|oid|rid|handle|gid|sid|pid|key|ref|reference|roundid|correlation|parent|marker|cursor|etag|urn|nonce",
        T::Identifier,
    ),
    ("uuid|guid", T::Uuid),
    ("arn|arns|iam role|role arn|execution role|service role", T::Arn),
    (
        "account id|aws account|account number|owner account|awsaccountid|owner id|customer number|dest account|source account|registry id",
        T::Digits(12),
    ),
    (
        "account|bank account|routing number|customer id|employee id|employee number|member number|ean|upc|gtin|barcode|imei|iccid|sequence number|project number|case number|reference number|ein|ssn last4|tracking number|confirmation number|permission id|registration number|company number|national id",
        T::Digits(9),
    ),
    ("tax id|vat number|vat|tax number|vat id|tax identifier|vatin|abn", T::Digits(11)),
    ("last4|last 4|last four|pin|otp|verification code|authentication code|access code|mcc|naics code|sic code", T::Digits(4)),
    ("sha|commit|commit id|sha1|revision id|head sha|base sha|commit sha|source revision|sha 1", T::Hex(40)),
    ("sha256|digest|sha 256|image digest|manifest digest", T::Hex(64)),
    ("md5|hash|checksum|fingerprint|thumbprint|md5 of body|crc32c|signature hash|md5 hash", T::Hex(32)),
    (
        "signature|public key|blob|bytes|data|payload|csr|encoded data|ciphertext|salt|certificate authority data|binary|raw|user data|ciphertext blob|encrypted data|encoding aes key|image data",
        T::Base64(44),
    ),
    (
        "token|secret|password|api key|access key|secret key|passphrase|auth key|credential|private key|client secret|shared secret|access token|passcode|auth code|psk|webhook secret",
        T::Token,
    ),
    ("certificate|cert|certificate chain|ca certificate|pem|certificate pem|ca bundle|issuer certificate", T::Certificate),
    // Names.
    (
        "name|label|alias|nickname name|collection|group|team|pool|cluster|profile|project|topic|queue|bucket|namespace|database|schema|table|view|policy name|policy|rule|gateway|network|subnetwork|campaign|playlist|folder|channel|tenant|workspace|catalog|template|environment name|deployment|instance|app|application|workload|configuration|config|task definition|function|container|keyspace|stack|scheduler|collection name|host group",
        T::Name,
    ),
    (
        "slug|handle name|permalink|url key|shortcode|short name|vanity|subdomain|url slug|identifier name|external name|prefix|suffix|realm|partition",
        T::Slug,
    ),
    (
        "title|subject|headline|caption|display name|friendly name|displayname|summary|heading|display label|short description|topic name|full title|long name|purpose",
        T::Title,
    ),
    (
        "description|body|content|note|text|message|comment|detail|bio|instruction|about|remark|memo|information|desc|explanation|justification|abstract|plain text|biography|long description|html|markdown|wording|hint|feedback|answer|reply|notice|tagline|greeting|announcement|additional info|status message|annotation|agenda|transcript|review|signature text|statement descriptor|statement description|hint text|help text|body text|status detail|narrative|advice|policy text",
        T::Description,
    ),
    // People.
    (
        "full name|person name|contact name|customer name|author|author name|user name full|employee name|contact|cardholder name|card holder|account holder|account holder name|owner name|recipient name|creator name|manager|assignee name|reviewer|sender name|billing name|player|trainer|driver|physician|patient name|host name full|winner|opponent|signer|signer name|editor|artist|composer|instructor|speaker|technician|attention|holder name|guest name|from name|submitter|representative|supervisor|agent name|candidate name|managed by|approved by|resolved by|closed by|requested by|assigned to|lead|legal representative|by line|byline|student name|teacher|presenter|uploader name|user display name|actor display name",
        T::PersonName,
    ),
    ("first name|given name|forename|firstname|preferred name|nickname|middle name|given names|nick name|kana first name", T::FirstName),
    ("last name|family name|surname|lastname|maiden name", T::LastName),
    (
        "login|username|user name|screen name|user|owner|creator|created by|updated by|modified by|last modified by|createdby|login name|user principal|assignee|sender|uploader|requester|by|operator|account name|last updated by|initiated by|member|actor|reporter|master username|locked by|deleted by|user handle|admin user|admin username|administrator login",
        T::Login,
    ),
    (
        "email|e mail|mail|email address|contact email|user principal name|principal|emails|reply to|login email|mailbox|recipient|cc|bcc|upn|user email|notify|mail address|service account|service account email|from address|to address|sender address|subscriber|attendee|invitee|email to",
        T::Email,
    ),
    (
        "phone|mobile|telephone|phone number|fax|cell|mobile number|fax number|tel|cell phone|home phone|work phone|msisdn|caller id|telephone number|sms|mobile phone|whatsapp|landline|phone num|dial in number|e164|contact number|to number|from number|caller|callee|business phone",
        T::Phone,
    ),
    (
        "company|organization|organisation|vendor|company name|organization name|business name|manufacturer|publisher|employer|merchant|supplier|legal name|brand|client|customer|org|issuer name|organisation name|partner|merchant name|bank name|bank|client name|carrier|carrier name|insurer|agency|registrar|institution|institution name|business|trading name|brand name|vendor name|legal entity|registrant organization|tenant name|issuer organization|producer|distributor|org name|owner organization",
        T::Company,
    ),
    ("job title|position title|occupation|profession|job role", T::Faked(Faked::JobTitle)),
    ("industry|sector|business type", T::Faked(Faked::Industry)),
    (
        "department|division|cost center|business unit|team name|organizational unit|org unit",
        T::Of(&["Finance", "Engineering", "Marketing", "Operations", "Customer support", "Legal", "People", "Sales"]),
    ),
    ("gender|sex", T::Of(&["female", "male", "female", "male", "non_binary"])),
    ("salutation|honorific|honorific prefix|name prefix|title prefix", T::Of(&["Ms", "Mr", "Dr", "Mx"])),
    ("honorific suffix|name suffix|generation", T::Of(&["Jr.", "Sr.", "II", "PhD"])),
    ("initials|middle initial|middle", T::Of(&["A.", "J.", "M.", "R.", "S.", "T."])),
    ("nationality|citizenship", T::CountryCode),
    ("birth date|date of birth|birthday|dob|birth|birthdate", T::Birth),
    ("marital status|relationship status", T::Of(&["single", "married", "divorced", "widowed"])),
    ("relationship|relation|relation type", T::Of(&["parent", "child", "related", "sibling"])),
    ("ethnicity|race", T::Of(&["not_disclosed", "asian", "black", "hispanic", "white", "mixed"])),
    // Places.
    (
        "street|address1|address line1|address line 1|line1|line 1|street address|street1|addr1|street line 1|address street|route|thoroughfare|thoroughfare name|street name|addressline1|line1 address|street line",
        T::Street,
    ),
    (
        "address2|address line2|line2|line 2|street2|apartment|suite|unit number|address line 2|address3|address4|line3|premise|sub premise|subpremise|apt|unit designator|secondary address|complement|floor unit",
        T::Faked(Faked::Unit),
    ),
    ("house number|building number|street number|housenumber", T::Faked(Faked::Building)),
    (
        "address|mailing address|billing address|shipping address|formatted address|full address|delivery address|postal address|home address|venue address|physical address|work address|address text|office address",
        T::Address,
    ),
    (
        "city|town|locality|municipality|city name|birth city|place of birth|hometown|suburb|metro|post town|destination city|place name",
        T::City,
    ),
    (
        "state|province|state name|administrative area|region name|county|district|territory|state or province|stateprovince|administrative district|admin area|region state|sub administrative area|administrative area level 1|department region",
        T::State,
    ),
    ("state code|province code|region code|subdivision code|county code|subdivision", T::StateCode),
    ("country|country name|nation|birth country|country region|origin country|country of origin", T::Country),
    (
        "country code|country iso|iso2|alpha2|iso country|country iso code|iso country code|two letter country|country id|registrant country|market|territory code|available market",
        T::CountryCode,
    ),
    ("zip|postal|postal code|postcode|post code|zip code|zipcode|plz|zip postal code", T::Postal),
    (
        "location|place|venue|site|geo location|origin|destination|office location|pickup location|location name|office|branch office|store name|venue name",
        T::Place,
    ),
    (
        "neighborhood|sublocality|borough|ward|area|quarter",
        T::Of(&["Old Town", "Riverside", "Northgate", "Harbour Quarter", "Westfield", "Hillside"]),
    ),
    ("latitude|lat", T::Latitude),
    ("longitude|lon|lng|long", T::Longitude),
    ("geohash|plus code", T::Of(&["u4pruydqqvj", "gcpvj0du6", "9q8yyk8yt", "ezs42e44y"])),
    ("continent", T::Of(&["Europe", "Africa", "Asia", "North America", "Oceania"])),
    ("time zone|timezone|tz|zone id|timezone name|time zone id|schedule timezone|time zone name|olson", T::TimeZone),
    ("utc offset|gmt offset|timezone offset", T::Of(&["+00:00", "+01:00", "+02:00", "-05:00", "-08:00", "+05:30"])),
    (
        "locale|language code|preferred language|language tag|lang|default locale|locale code|culture|ui language|preferred locale|default language|spoken language|content language|target language|source language|voice language",
        T::Locale,
    ),
    ("language|programming language", T::Of(&["en", "de", "fr", "es", "pt", "ja"])),
    ("runtime|runtime version", T::Of(&["python3.12", "nodejs20.x", "java21", "go1.22", "dotnet8"])),
    (
        "currency|currency code|currency iso|ccy|settlement currency|base currency|billing currency|asset code|home currency|quote currency|currency id|from currency|to currency|balance currency|default currency|iso currency",
        T::Currency,
    ),
    (
        "region|aws region|region id|home region|source region|primary region|destination region|home region id|cloud region|data center region|bucket region|replica region|region name code|datacenter|data center|cluster region|pop|edge location|storage location|compute region|location id",
        T::Region,
    ),
    ("availability zone|zone|az|zone name|source zone|preferred availability zone|deployment zone|failure domain", T::Zone),
    // Web and network.
    (
        "url|uri|link|href|homepage|website|web site|home page|web url|endpoint|webhook|callback|redirect uri|web page|permalink url|self|self link|next|prev|previous|last|first page|next page|alternate link|site url|blog|api endpoint|me|html url|download|web link|callback url|source link|documentation|http url|entry point|base|next link|target link|location url|server url|issuer|audience uri|view|ssh url|git url|clone url|repo url|link url|image uri|remote|reporting url|console|external url|url template|privacy policy|terms of service|terms|tos|support url|referrer|referer|base url|service url|profile url|jwks uri|schema uri|remote url|status url|discovery url|landing page|canonical|feed|stream url|video|audio|domain url|public url|original url|source uri|destination uri|s3 uri|input uri|output uri|input path|output path",
        T::Url,
    ),
    (
        "image|photo|icon|avatar|logo|thumbnail|picture|image url|avatar url|logo url|icon url|thumbnail url|photo url|cover|banner|cover image|poster|profile image|img|profile picture|favicon|icon uri|background image|cover url|image source url|icon image|artwork|image link|badge|map image|thumb|screenshot",
        T::ImageUrl,
    ),
    (
        "domain|domain name|root domain|email domain|primary domain|custom domain|mail domain|dns domain|verified domain|domains|zone domain|cookie domain|apex|site domain|zone apex",
        T::Domain,
    ),
    (
        "host|hostname|host name|fqdn|dns name|server|server name|dns|private dns name|public dns name|nameserver|name server|node name|computer name|vm name|broker|endpoint address|ns|remote host|mx|host header|cname|ldap server|dns host|sni|virtual host|private dns|ptr|dns record name|machine name|node|dns server|external hostname",
        T::Host,
    ),
    (
        "ip|ip address|ipv4|private ip|public ip|ip addr|client ip|source ip|ip v4|gateway ip|private ip address|public ip address|ipv4 address|last ip|nat ip|remote ip|primary ip|cluster ip|peer ip|floating ip|elastic ip|interface ip|host ip|pod ip|address ip|internal ip|external ip|dns ip|default gateway|inet|remote addr|remote address|source address|ip start|ip end|customer address|local ip|peer address|gateway address|network address|destination address|next hop|next hop ip|reserved ip|loopback|management ip|ips|server ip",
        T::Ip,
    ),
    ("ipv6|ipv6 address|ip v6", T::Ipv6),
    (
        "cidr|cidr block|ip range|ipv4 cidr|subnet|ip cidr range|address range|cidr range|address prefix|destination cidr block|source range|ip prefix|cidr ip|subnet range|cluster ipv4 cidr|network range|ip cidr|whitelist|allowed ip|ip block|vpc cidr|local subnet|range ip|destination range|source cidr",
        T::Cidr,
    ),
    ("subnet mask|netmask|mask|network mask", T::Of(&["255.255.255.0", "255.255.0.0", "255.255.255.128"])),
    ("mac|mac address|hardware address|bssid", T::Mac),
    ("user agent|useragent|browser agent", T::Faked(Faked::UserAgent)),
    (
        "port|server port|from port|to port|port range|source port|destination port|port number",
        T::Of(&["443", "80", "8080", "22", "5432", "3306", "6379"]),
    ),
    ("protocol|ip protocol|transport|transport protocol|forwarding protocol", T::Of(&["tcp", "https", "http", "udp", "tls"])),
    ("http method|method|request method|verb|http verb", T::Of(&["GET", "POST", "PUT", "DELETE", "PATCH"])),
    (
        "authentication method|auth method|auth type|authentication type|authentication|auth|authentication mode|login method|authorization type|auth mode|credential type|authenticator",
        T::Of(&["password", "sso", "oauth2", "api_key", "certificate"]),
    ),
    (
        "content type|mime type|media type|mimetype|mime|contenttype|accept",
        T::Of(&["application/json", "image/png", "text/csv", "application/pdf", "text/plain", "image/jpeg", "video/mp4"]),
    ),
    ("encoding|content encoding|charset|character set|text encoding|collation", T::Of(&["utf-8", "utf-8", "iso-8859-1", "utf-16"])),
    ("compression|compression type|codec|compression format", T::Of(&["gzip", "zstd", "snappy", "none"])),
    ("video codec", T::Of(&["h264", "h265", "vp9", "av1"])),
    ("audio codec", T::Of(&["aac", "opus", "mp3"])),
    ("resolution|screen resolution|video resolution", T::Of(&["1920x1080", "1280x720", "3840x2160", "640x480"])),
    ("aspect ratio", T::Of(&["16:9", "4:3", "1:1", "9:16"])),
    ("autonomous system number|asn", T::Of(&["AS64496", "AS64500", "AS64511"])),
    // Software.
    (
        "version|engine version|firmware version|os version|release version|firmware|app version|software version|tag name|release|kernel version|api version|build version|agent version|platform version|plugin version|current version|server version|schema version|sdk version|kubernetes version|product version|image version|client version|min version|target version|model version|firmware revision|revision|image tag|edition version",
        T::Version,
    ),
    (
        "version id|resource version|last version|version stage|version number|generation id|latest version|default version|change number|build|build number|document version|policy version|lock version|draft version|live version|minor|major|policy version id|model version id|row version|etag version",
        T::Count(40),
    ),
    (
        "branch|ref name|source branch|target branch|default branch|branch name|base ref|head ref|git ref|target commitish|base branch|git branch|source version",
        T::Branch,
    ),
    (
        "file|filename|file name|original filename|key name file|object key|s3 key|attachment|document name|attachment name|source file|object name|s 3 key|blob name|original file name|input file",
        T::File,
    ),
    (
        "path|file path|directory|full path|dir|mount path|working directory|folder path|root directory|filepath|url path|key prefix|s3 prefix|object prefix|web path|config path|output location|log path|local path|mount point|health check path|parent path|context path|default path|repository path|tree|storage path|request path|home directory|entry|s 3 prefix|destination path|source path",
        T::Path,
    ),
    (
        "extension|file extension|file type|filetype|format|output format|file format|input format|container format|export format|data format|image format|record format|log format|report format|document type format|input data format",
        T::Of(&["csv", "json", "pdf", "png", "parquet", "xml"]),
    ),
    ("delimiter|separator|field delimiter|column delimiter|row delimiter", T::Of(&[",", ";", "|", "\t"])),
    (
        "os|operating system|os name|os type|os family|device os|guest os|platform name|operating system name|os platform",
        T::Of(&["Linux", "Windows", "macOS", "Ubuntu 22.04", "iOS", "Android"]),
    ),
    ("architecture|arch|cpu architecture|cpu arch|processor architecture", T::Of(&["x86_64", "arm64"])),
    ("platform|device platform|client platform|target platform", T::Of(&["web", "ios", "android", "linux", "windows"])),
    ("device type|device|form factor|device category", T::Of(&["desktop", "mobile", "tablet"])),
    (
        "device name|device label|computer",
        T::Of(&["Reception tablet", "Warehouse scanner 2", "Front desk printer", "Meeting room display", "Loading dock sensor"]),
    ),
    (
        "device model|model|model name|hardware model|model number|car model|vehicle model|model id name",
        T::Of(&["TX-200", "Aurora 5", "S3-Compact", "Vega Pro", "M410", "Delta 12"]),
    ),
    ("browser|browser name|client application|client app", T::Of(&["Firefox", "Chrome", "Safari", "Edge"])),
    (
        "engine|database engine|db engine|engine type|database type|cache engine|engine name|storage engine",
        T::Of(&["postgres", "mysql", "mariadb", "redis"]),
    ),
    (
        "instance type|machine type|instance class|node type|vm size|server type|instance size|cache node type|instance family|compute type|cluster node type|db instance class|node instance type|machine class|hardware type|plan slug|instance types|size slug|worker type|vm type|compute size|cluster instance type|worker instance type",
        T::Of(&["m5.large", "t3.medium", "c6i.xlarge", "r6g.large", "t3.small"]),
    ),
    ("machine type uri|flavor", T::Of(&["n2-standard-4", "e2-medium", "c2-standard-8", "n1-highmem-2"])),
    (
        "storage class|storage type|disk type|volume type|volume class|disk class|storage account type|media storage type",
        T::Of(&["standard", "ssd", "gp3", "cold", "archive"]),
    ),
    (
        "algorithm|encryption algorithm|hash algorithm|signature algorithm|signing algorithm|key algorithm|cipher|digest algorithm|checksum algorithm|key spec|key type|encryption type|encryption|sse algorithm|cipher suite|encryption mode",
        T::Of(&["AES256", "RSA_2048", "SHA256", "ECDSA_P256"]),
    ),
    ("metric name|metric|metric type", T::Of(&["cpu_utilization", "request_count", "latency_p95", "error_rate", "disk_read_bytes"])),
    (
        "statistic|aggregation|aggregation type|aggregate|aggregator|rollup|aggregation method|aggregation function",
        T::Of(&["avg", "sum", "max", "min", "count"]),
    ),
    (
        "comparison operator|comparison|comparator|condition operator",
        T::Of(&["GREATER_THAN", "LESS_THAN", "EQUALS", "GREATER_THAN_OR_EQUAL"]),
    ),
    ("operator", T::Of(&["eq", "ne", "gt", "lt", "contains"])),
    ("log level|verbosity|logging level|log type", T::Of(&["INFO", "WARN", "ERROR", "DEBUG"])),
    (
        "query|sql|expression|search query|query string|search|filter|filter expression|query text|filter pattern|where|condition|rule expression|criteria|predicate|formula|filter query|selector|search term|q|advanced filter|query expression|filter string",
        T::Of(&[
            "status = 'active'",
            "region = 'north' AND amount > 100",
            "created_at > '2025-01-01'",
            "priority IN ('high', 'urgent')",
            "team = 'payments'",
        ]),
    ),
    (
        "keyword|search text|term|keywords|search keyword|search terms|phrase|query term",
        T::Of(&["running shoes", "invoice template", "travel insurance", "garden furniture", "winter jacket"]),
    ),
    (
        "script|command|source code|entrypoint|entry point command|startup script|init script|program|function code|command line|shell|cmd|user data script|build command|run command|install command|start command|commands",
        T::Of(&["./run.sh --all", "npm run build", "python main.py", "make test", "bin/import --since yesterday"]),
    ),
    (
        "regex|pattern|regular expression|regex pattern|match pattern|file pattern|include pattern|exclude pattern|path pattern",
        T::Of(&["^[a-z]+-\\d+$", "^ERROR.*", "\\.csv$", "^/api/.*"]),
    ),
    (
        "policy document|assume role policy document|access policy|resource policy|bucket policy|policy json|queue policy|key policy|repository policy|iam policy|policy body",
        T::Policy,
    ),
    (
        "json|document|definition|spec|specification|settings|metadata|parameters|properties|options|attributes|custom data|extra|custom parameters|context|event data|variables|input|output|template body|json value|request body|response body|schema definition|custom fields|state machine definition|dashboard body|default value json|event pattern|input json|additional data|custom settings|arguments|request payload|response payload",
        T::Of(&[
            "{\"version\":1,\"enabled\":true}",
            "{\"retries\":3,\"timeout\":30}",
            "{\"mode\":\"batch\",\"size\":100}",
            "{\"source\":\"orders\",\"limit\":50}",
        ]),
    ),
    ("repository|repo|repository name|repo name", T::Of(&["atlas", "beacon", "harbor-api", "ledger", "paperboat", "quillpad"])),
    (
        "license|license type|licence|license name|license model|license key type|license id|spdx",
        T::Of(&["MIT", "Apache-2.0", "BSD-3-Clause", "GPL-3.0", "CC-BY-4.0"]),
    ),
    (
        "license key|activation code|product key|license code|voucher code|coupon|coupon code|promo code|discount code|gift card code|invitation code|invite code|promotion code|referral code|redemption code|booking reference|pnr|record locator|confirmation code",
        T::Of(&["SPRING25", "WELCOME10", "N7QK-42XD", "THANKS15", "FRIENDS5", "B4M2-9TRC"]),
    ),
    // Times.
    (
        "time|timestamp|datetime|date time|at|on|date|time stamp|last seen|last used|last login|last activity|modified|updated|created|opened|received|sent|posted|published|since|changed|registered|joined|utc|created date time|last modified date time|generated|from|processed|finished|completed date|last sync|last run|submitted|start|started|begin|pub date|resolved|ended|last access|last accessed|touched|accessed|last active|last updated|last update|last change|last checked|last success|build date|inserted|installed|purchased|ts|after date|recorded|ran|stop|issued|measured|added|start date time|cancelled at|canceled at",
        T::Past,
    ),
    (
        "due|expires|expiry|expiration|deadline|expire|expiration date|due date|expires at|expiry date|valid until|end date|end|until|valid to|to date|renewal date|next run|next run time|scheduled|schedule time|ends at|end time|expires on|not after|maintenance time|due on|scheduled at|expiration time|retire date|next|expire time|delivery date|departure|arrival|departure date|checkin|checkout|check in|check out|valid till|estimated delivery|renews at|trial end|current period end|next payment date|next billing date|to time|next check|retention date|release date|end of support|target date|close date|due time|event date|available until|start after|available from|estimated completion|next execution|end date time|completion deadline|next billing at|next retry|delete after|expiration date time",
        T::Future,
    ),
    (
        "time of day|start time of day|opening time|closing time|hour|open time|close time|clock|run time of day|opens|closes|daily time|cutoff time|backup start time",
        T::Clock,
    ),
    ("year|model year|fiscal year|exp year|expiry year|expiration year|financial year|tax year|season", T::Year),
    ("month|exp month|expiry month|expiration month", T::Of(&["01", "03", "05", "06", "09", "11"])),
    (
        "day|day of week|weekday|week day|days|preferred day|start of week|days of week",
        T::Of(&["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]),
    ),
    (
        "preferred maintenance window|maintenance window|weekly maintenance start time|maintenance start",
        T::Of(&["sun:05:00-sun:05:30", "tue:03:00-tue:03:30", "sat:23:15-sat:23:45"]),
    ),
    ("backup window|preferred backup window|snapshot window", T::Of(&["04:00-05:00", "02:30-03:00", "22:00-23:00"])),
    (
        "duration|interval|period|timeout|elapsed|delay|ttl|retention|retention period|lifetime|uptime|length of stay|max age|elapsed time|wait time|visibility timeout|grace period|lead time|window|age|duration iso|lookback|time range|lock duration|auto delete on idle|time to live",
        T::Duration,
    ),
    (
        "schedule|cron|schedule expression|cron expression|recurrence cron|cron schedule|crontab|cron spec|backup schedule|recurrence",
        T::Cron,
    ),
    (
        "frequency|recurrence type|billing cycle|billing period|interval unit|billing interval|repeat|repeat interval|cadence|payment frequency|pay frequency|billing frequency|recurring|payment interval|schedule type|refresh interval|rate plan|subscription period|plan interval|frequency type|time granularity|granularity|invoice frequency|pay period",
        T::Of(&["monthly", "weekly", "daily", "yearly", "quarterly"]),
    ),
    ("time unit|duration unit|interval type|period unit|unit of time", T::Of(&["days", "hours", "minutes", "months"])),
    ("quarter fiscal|fiscal quarter", T::Of(&["Q1", "Q2", "Q3", "Q4"])),
    // Money and trade.
    (
        "amount|price|total|cost|balance|fee|subtotal|tax|discount|unit price|salary|budget|revenue|bid|refund|total price|total amount|value amount|payment|net|gross|tax amount|total cost|credit limit|amount due|total tax|shipping cost|price amount|available balance|paid|cash|usd|spend|bid price|spot price|payout|net amount|reward|offering price|fixed price|usage price|deposit|income|wage|list price|sale price|current balance|tip|charge|hourly rate",
        T::Amount,
    ),
    ("iban|international bank account number", T::Iban),
    ("bic|swift|swift code|swift bic", T::Faked(Faked::Bic)),
    ("isin", T::Faked(Faked::Isin)),
    ("isbn|isbn13", T::Faked(Faked::Isbn)),
    ("sort code", T::Of(&["10-20-30", "20-45-67", "40-11-18"])),
    ("bank code|routing code|branch code|bsb|bank identifier|clearing number", T::Digits(8)),
    ("card type|card brand|credit card type|payment card type|cc type", T::Of(&["visa", "mastercard", "amex"])),
    (
        "card number|credit card|pan|credit card number|masked card number|card|masked number",
        T::Of(&["**** **** **** 4242", "**** **** **** 1881", "**** **** **** 0005"]),
    ),
    (
        "payment method|payment type|payment method type|payment mode|funding source|funding type|tender type|pay method|payment processor|payment option",
        T::Of(&["card", "bank_transfer", "direct_debit", "cash", "invoice"]),
    ),
    ("closed|unread|archived|subscribed|starred", T::Of(&["false", "true"])),
    ("routing order|current routing order|sort order|display order", T::Of(&["1", "2", "3", "4"])),
    ("payment terms|terms name|credit terms", T::Of(&["Net 30", "Net 14", "Due on receipt", "Net 60"])),
    (
        "sku|code|part number|product code|item number|article number|item code|catalog number|mpn|product sku|style code|part no|stock code|product number|merchant sku|seller sku|hs code|material number",
        T::Sku,
    ),
    (
        "invoice number|order number|invoice no|order no|receipt number|po number|purchase order number|purchase order|quote number|document number|transaction number|ticket number|number|credit note number|bill number|order reference|contract number|reference no|invoice reference|claim number|policy number|receipt|folio|check number|load number|shipment number|no|order name|external reference|deal number",
        T::Serial,
    ),
    ("serial|serial number|device serial|asset tag|hardware id|hardware serial|serialnumber|asset number|unit serial", T::Serial),
    ("vin", T::Of(&["1HGCM82633A004352", "WAUZZZ8K9BA012345", "JTDBT923771012345"])),
    ("plate|license plate|number plate|licence plate|registration plate", T::Of(&["LX 41 KPR", "B-MK 2291", "7ABC123", "EH-583-WL"])),
    (
        "iata code|airport|airport code|iata|departure airport|arrival airport|origin airport|icao",
        T::Of(&["LIS", "AMS", "YUL", "NBO", "KIX", "MEL"]),
    ),
    ("airline|airline code|carrier code", T::Of(&["TP", "KL", "AC", "KQ", "QF"])),
    ("flight number|flight", T::Of(&["TP1368", "KL0902", "AC0871", "KQ0100"])),
    (
        "color|colour|background color|hex color|text color|color code|hex|primary color|accent color|foreground color|theme color|border color|font color|button color|color hex|hex code|bg color|fill",
        T::Color,
    ),
    ("color name|colour name", T::Of(&["Navy", "Forest green", "Sand", "Charcoal", "Burgundy"])),
    ("font|font family|font name|typeface", T::Of(&["Inter", "Source Sans", "Georgia", "Helvetica"])),
    ("material|fabric", T::Of(&["cotton", "oak", "steel", "linen", "wool"])),
    (
        "unit|units|uom|unit of measure|measurement unit|unit type|measure|unit name|metric unit",
        T::Of(&["pcs", "kg", "hours", "litres", "metres"]),
    ),
    ("weight unit|mass unit", T::Of(&["kg", "g", "lb"])),
    ("length unit|distance unit|dimension unit|size unit", T::Of(&["cm", "m", "in"])),
    ("temperature unit", T::Of(&["celsius", "fahrenheit"])),
    ("height|width|length|depth|diameter|thickness|dimension|girth", T::Of(&["42 cm", "120 cm", "18.5 cm", "75 cm", "9 cm"])),
    ("weight|mass|gross weight|net weight", T::Of(&["1.2 kg", "350 g", "4.8 kg", "12 kg"])),
    ("size|shirt size|clothing size|t shirt size|plan size", T::Of(&["small", "medium", "large", "xlarge"])),
    (
        "file size|disk size|memory|ram|storage|storage size|image size|disk|bandwidth|memory size|capacity|allocated storage|volume size|download size|storage capacity|memory limit|size human",
        T::Of(&["512 MB", "2 GB", "16 GB", "64 GB", "1.5 TB"]),
    ),
    (
        "memory mb|cpu|cpus|vcpu|vcpus|cores|replicas|priority number|gpu|gpus|cpu limit|cpu request|cpu count|vcpu count|processors",
        T::Of(&["1", "2", "4", "8", "16"]),
    ),
    ("temperature|temp", T::Of(&["18.5", "21.0", "4.2", "23.7"])),
    // Numbers that are texts.
    (
        "count|size bytes|total count|quantity|limit|offset|length bytes|size in bytes|content length|total size|qty|rows|width px|views|num|results|item count|row count|bytes processed|total bytes|number of items|max results|view count|record count|sequence|order|sort order|rank|position|index|iops|micros|throughput|size gb|disk size gb|hits|max|min|minimum|maximum|threshold|score|points|rating|total results|level number|step|max size|min size|total rows|clicks|impressions|floor|grade|limit count|age years|line|line number|page|page number|row|column number|weeks|retention days|nbr|num rows|num bytes|digit|generation|total items|total records",
        T::Count(900),
    ),
    (
        "percentage|percent|progress|rate|ratio|completion|confidence|percent complete|tax rate|discount percent|vat rate|interest rate|exchange rate|probability|share|allocation|utilization",
        T::Of(&["12.5", "40", "75", "88.2", "100", "3.4"]),
    ),
    (
        "error code|error|failure code|response code|error type|reason code|exit code|exception|return code|error name|status reason code|failure type|decline code|http error",
        T::Of(&["TIMEOUT", "NOT_FOUND", "INVALID_INPUT", "RATE_LIMITED", "PERMISSION_DENIED"]),
    ),
    ("http status|status code|http code|http status code|response status|http response code", T::Of(&["200", "201", "404", "500"])),
    (
        "error message|failure reason|failure message|error detail|failure detail|error description|last error|exception message|status reason|error reason|state reason|state message|failed reason|state change reason|rejection reason|reject reason|failure|validation error",
        T::Of(&[
            "The request timed out after 30 seconds.",
            "The file could not be read.",
            "Access to the bucket was denied.",
            "A required field is missing.",
            "The quota of the account is used up.",
        ]),
    ),
    (
        "reason|cancellation reason|close reason|cause|reason text|reason for change|reason description|refund reason|void reason|cancel reason|change reason|termination reason|reason code text|leave reason|dispute reason|closing reason|reason name",
        T::Of(&["Requested by the customer", "Duplicate entry", "No longer needed", "Replaced by a newer version", "Wrong address"]),
    ),
    // Words of state and kind.
    ("priority|urgency|importance|task priority|case priority|ticket priority", T::Of(&["normal", "high", "low", "urgent"])),
    (
        "severity|impact|risk|risk level|threat level|criticality|alert level|severity level|alarm severity|risk rating|finding severity|sensitivity|risk state|confidence level|level|skill level|experience level|difficulty|likelihood|access tier level|support level",
        T::Of(&["medium", "low", "high", "critical"]),
    ),
    (
        "visibility|privacy|privacy status|access level|privacy level|access|access type|sharing|privacy setting|viewing permission|privacy type|visibility level",
        T::Of(&["public", "private", "internal"]),
    ),
    (
        "permission|permissions|access right|privilege|permission level|access role|allowed action|share permission|grant",
        T::Of(&["read", "write", "admin"]),
    ),
    (
        "role|role name|user role|member role|account role|user type|role type|project role|membership role|job function|member type|role id name",
        T::Of(&["member", "admin", "viewer", "editor", "owner"]),
    ),
    (
        "scope|oauth scope|scopes|authorization scope|token scope|access scope|scope name",
        T::Of(&["read", "write", "orders:read", "profile", "offline_access"]),
    ),
    ("allowed origin|cors origin|allow origin", T::Url),
    ("feature|capability|feature name|enabled feature", T::Of(&["search", "exports", "single_sign_on", "audit_log", "notifications"])),
    ("odata type|odatatype", T::OdataType),
    (
        "status|state|health|provisioning state|lifecycle state|lifecycle status|condition state|power state|deployment status|run state|review status|enrollment status|replication status|publish status",
        T::Of(&["active", "active", "pending", "inactive", "completed"]),
    ),
    (
        "enabled|disabled|verified|active|is default|is public|allowed|required|only|is active|flag|visible|optional|deleted|success|archived|is enabled|succeeds|encrypted|available|hidden|locked|is deleted|public access|primary|has more|truncated|is primary|is truncated|read only|default|public|opt in|debug|featured|pending|configured|supported|present|enforced|valid|confirmed|billable|taxable",
        T::Of(&["true", "false"]),
    ),
    (
        "environment|env|stage|environment type|deployment environment|stage name|environment label|env name|deploy stage|realm type|mode environment|account type environment",
        T::Of(&["production", "staging", "development", "test"]),
    ),
    (
        "tier|plan|sku name|service tier|pricing tier|plan name|price tier|sku tier|subscription tier|edition|plan type|subscription plan|license tier|plan id name|performance tier|package|subscription type|product tier|support plan|membership level|account tier|rate card|tariff|offer type",
        T::Of(&["standard", "basic", "premium", "free", "enterprise"]),
    ),
    (
        "mode|billing mode|run mode|execution mode|processing mode|operation mode|delivery mode|update mode|sync mode|transfer mode|import mode|deployment mode|deployment type|provisioning type|rollout mode|capacity mode|launch type|billing type|charge type",
        T::Of(&["automatic", "manual", "on_demand", "scheduled"]),
    ),
    (
        "strategy|deployment strategy|update strategy|merge strategy|routing strategy|allocation strategy|rollout strategy|placement strategy|scaling strategy|retry strategy",
        T::Of(&["rolling", "blue_green", "canary", "all_at_once"]),
    ),
    (
        "action|operation|activity|event|event name|event type|trigger|trigger type|change type|operation type|activity type|action type|action name|operation name|operation kind|event action|audit action|event kind|trigger event|action code|notification event|webhook event|api action|event category|topic event|object action|request type",
        T::Of(&["create", "update", "delete", "publish", "login", "export"]),
    ),
    (
        "category|genre category|category name|product category|item category|product type|main category|primary category|subcategory|sub category|categories|category label|department name|parent category|product group|product line|asset category|expense category|group name category|classification|segment name|classification name|industry category|product family",
        T::Of(&["Home and garden", "Electronics", "Office supplies", "Travel", "Clothing", "Groceries"]),
    ),
    ("genre|music genre|style|music style", T::Of(&["Jazz", "Rock", "Classical", "Electronic", "Folk"])),
    ("tag|tags|label name|keyword tag|user tag", T::Of(&["q3", "customer-request", "beta", "reviewed", "internal", "archive"])),
    (
        "source|source type|channel type|lead source|utm source|traffic source|origin type|medium|utm medium|acquisition source|input source|source system|source name|channel name type|origination|created via|source channel|data source|source of lead|referral source|origin system|how heard",
        T::Of(&["website", "email", "import", "api", "referral", "mobile_app"]),
    ),
    (
        "communication channel|notification type|delivery method|contact method|notification channel|delivery channel|alert channel|notification method|message type|channel kind|contact type|delivery type|preferred contact method|communication type",
        T::Of(&["email", "sms", "push", "webhook", "voice"]),
    ),
    (
        "shipping method|shipment method|shipping service|service level|shipping option|delivery service|ship method|shipping carrier|shipping type",
        T::Of(&["standard", "express", "pickup", "overnight"]),
    ),
    (
        "provider|service|service name|provider name|provider type|cloud provider|service type|provider id name|identity provider|service code|aws service|service provider|service id name|integration|integration name|vendor product|connector|connector type|service category|idp|third party|app name provider|integration type|provider namespace|source provider|oauth provider|email provider|login provider|gateway name|saml provider|storage provider",
        T::Of(&["storage", "billing", "identity", "messaging", "search", "analytics"]),
    ),
    (
        "database name|db name|dbname|schema name|catalog name db|database id name|default database|initial database|keyspace name|dataset name|dataset",
        T::Of(&["orders", "billing", "inventory", "analytics", "customers"]),
    ),
    (
        "table name|dataset table|index name|entity name|stream name|collection table|view name|source table|destination table|target table|entity|object type|entity type|resource name type|resource type|resource kind|target type|object|object class|target entity|item type|content type name|parent type|subject type|asset type|record type|data type name|source entity|model type|node kind|linked type|owner type|target resource type|document type|attachable type|component type|element type|page type|object kind|container type|block type|linked resource type",
        T::Of(&["order", "customer", "invoice", "product", "ticket", "shipment"]),
    ),
    (
        "column|column name|field|field name|attribute|attribute name|parameter|parameter name|key name|property|property name|variable|variable name|dimension name|header|header name|fields|field key|sort field|sort by|order by|sort key|sort column|partition key|group by|claim|property key|attribute key|attribute type name|tag key|dimension key|claim name|parameter key|custom field|metadata key|field id name|sorting|partition column|columns|primary key|hash key|range key|column id|field path|claim type|condition key|display field|target field|source field",
        T::Of(&["customer_id", "created_at", "amount", "status", "region", "email"]),
    ),
    (
        "data type|value type|field type|column type|attribute type|parameter type|variable type|property type|datatype|return type|sql type|input type|key data type|argument type|value kind|scalar type|element data type|param type|result type",
        T::Of(&["string", "integer", "boolean", "date", "decimal"]),
    ),
    ("sort direction|direction|order direction|sort order direction|sorting order", T::Of(&["asc", "desc"])),
    ("traffic direction|call direction|message direction|flow direction", T::Of(&["inbound", "outbound"])),
    (
        "visibility type|view type|layout|display type|chart type|visualization type|widget type|chart|display mode|graph type|panel type|visualization",
        T::Of(&["table", "line", "bar", "pie", "list"]),
    ),
    ("theme|skin|appearance", T::Of(&["light", "dark", "system"])),
    ("orientation|page orientation", T::Of(&["portrait", "landscape"])),
    ("alignment|text align|align|horizontal alignment|position name|justify", T::Of(&["left", "center", "right"])),
    ("team side|side|bid side|order side", T::Of(&["buy", "sell"])),
    (
        "symbol|ticker|ticker symbol|stock symbol|asset|base asset|base|coin|pair|quote|currency pair|instrument|security symbol|base asset symbol|crypto currency|quote asset",
        T::Of(&["BTC", "ETH", "EUR/USD", "AAPL", "SOL"]),
    ),
    ("exchange|stock exchange|market exchange", T::Of(&["XLIS", "XAMS", "XNYS", "XLON"])),
    ("blood type|blood group", T::Of(&["O+", "A+", "B-", "AB+"])),
    ("diagnosis|medical condition|disease|icd", T::Of(&["Seasonal allergy", "Hypertension", "Migraine", "Type 2 diabetes"])),
    ("species|animal|breed|pet type", T::Of(&["dog", "cat", "rabbit", "parrot"])),
    ("sport|sport name", T::Of(&["football", "tennis", "basketball", "hockey", "rowing"])),
    ("league|competition|tournament", T::Of(&["Northern League", "City Cup", "Premier Division", "Winter Series"])),
    ("position played|playing position", T::Of(&["goalkeeper", "defender", "midfielder", "forward"])),
    ("album|album name|album title", T::Of(&["Blue Rooms", "Harbour Lights", "Slow Machines", "Open Windows"])),
    ("song|track|track name|song title|track title", T::Of(&["Paper Boats", "Second Morning", "Static and Rain", "Long Way Down"])),
    ("artist name|band|performer|artist display name", T::Of(&["The Lantern Club", "Nova Ellis", "Quiet Parade", "Marlow & Finch"])),
    (
        "movie|film|movie title|show|show name|series name|episode title|program title|series title",
        T::Of(&["The Last Ferry", "Northern Lines", "A House by the Sea", "Clockwork Garden"]),
    ),
    ("book|book title|publication|journal", T::Of(&["The Salt Road", "Maps of Rain", "A Short History of Bridges", "Winter Orchard"])),
    (
        "school|university|college|school name|campus|education institution",
        T::Of(&["Northgate High School", "University of Lisbon", "Mill Lane College", "Harbour Primary School"]),
    ),
    ("degree|education level|qualification level|education", T::Of(&["Bachelor", "Master", "Secondary school", "Doctorate"])),
    ("course name|course title", T::Of(&["World History", "Algebra II", "Chemistry Lab", "Creative Writing"])),
    (
        "skill|skill name|expertise|specialty|speciality|specialization|competency",
        T::Of(&["Negotiation", "Data analysis", "Welding", "Spanish", "Project planning"]),
    ),
    (
        "employment type|employment status|contract type|worker type name|job type|employee type|work type|work arrangement|engagement type",
        T::Of(&["full_time", "part_time", "contract", "internship"]),
    ),
    (
        "cuisine|dish|food|food name|recipe|meal|ingredient",
        T::Of(&["Mushroom risotto", "Lentil soup", "Grilled sea bream", "Apple crumble"]),
    ),
    (
        "room|room name|meeting room|conference room|room number|classroom",
        T::Of(&["Room 204", "Board room", "Lab 2", "Room 117", "Studio B"]),
    ),
    (
        "floor name|building|building name|facility|warehouse|campus building|warehouse name",
        T::Of(&["Main building", "Annex", "Tower B", "Warehouse North"]),
    ),
    ("holiday|occasion|holiday name|event title", T::Of(&["Spring fair", "Annual meeting", "Harvest festival", "Opening night"])),
    ("weather|weather condition|conditions|weather description", T::Of(&["Clear", "Light rain", "Overcast", "Fog", "Snow showers"])),
    ("hashtag", T::Of(&["#launchday", "#onthisday", "#behindthescenes", "#weekendreads"])),
    (
        "question|question text|security question|prompt",
        T::Of(&[
            "How satisfied are you with the delivery?",
            "Which feature do you use most?",
            "Would you recommend us to a friend?",
            "What was the name of your first school?",
        ]),
    ),
    ("choice|option text|response option|answer option", T::Of(&["Very satisfied", "Satisfied", "Neutral", "Dissatisfied"])),
    (
        "outcome|result|verdict|decision|conclusion|test result|result type name|validation result|match result|review decision|evaluation|assessment",
        T::Of(&["passed", "failed", "passed", "inconclusive"]),
    ),
    (
        "value|default|default value|attribute value|parameter value|field value|tag value|key value|string value|current value|variable value|string|new value|old value|metadata value|config value|custom value|property value|original value|default string|setting value|label value|text value|claim value|setting|header value|values|actual value|expected value|literal|display value",
        T::Of(&["enabled", "30", "payments", "eu-west", "2025-04", "high"]),
    ),
    ("kind", T::Of(&["standard", "custom", "managed"])),
    (
        "scheme|http scheme|uri scheme|endpoint type|network type|exposure|load balancer scheme|connection type",
        T::Of(&["internet-facing", "internal"]),
    ),
    ("target|destination type|target name|destination name", T::Of(&["orders-service", "billing-archive", "reporting-db", "search-index"])),
    ("cve|cve id|vulnerability|vulnerability id", T::Of(&["CVE-2024-21626", "CVE-2023-44487", "CVE-2024-3094", "CVE-2021-44228"])),
    ("network tag|vlan|vlan id", T::Count(4000)),
    ("dns record type|record set type|dns type", T::Of(&["A", "CNAME", "MX", "TXT", "AAAA"])),
    (
        "purchase type|transaction type|entry type|payment direction|ledger type|balance type",
        T::Of(&["debit", "credit", "refund", "transfer"]),
    ),
    (
        "account type|customer type|client type|account kind|profile type|party type|subscriber type|holder type|entity kind|contact kind|organization type|company type|business entity type|member kind|legal form",
        T::Of(&["business", "personal", "nonprofit"]),
    ),
    (
        "attachment type|media|media kind|asset kind|post type|creative type|ad type|upload type|file category",
        T::Of(&["image", "video", "document", "audio"]),
    ),
    ("discount type|amount type|fee type|price type|adjustment type|commission type|value format", T::Of(&["percentage", "fixed_amount"])),
    ("identity|principal id|principal type|subject name|identity type|grantee", T::Of(&["user", "group", "service_account"])),
    ("node role|replica role|ha role", T::Of(&["primary", "replica"])),
    ("issue type|ticket type|work item type|case type|task type", T::Of(&["bug", "task", "story", "incident"])),
    (
        "alert type|finding type|detection type|incident type|threat type|alarm type",
        T::Of(&["unusual_login", "malware", "port_scan", "data_exfiltration"]),
    ),
    (
        "backup type|snapshot type|export type|import type|copy type|replication type|sync type|backup mode",
        T::Of(&["full", "incremental", "manual", "scheduled"]),
    ),
    (
        "address type|phone type|email type|contact point type|location type|number type|url type",
        T::Of(&["home", "work", "billing", "mobile"]),
    ),
    ("type|types|kind type|subtype|sub type|type name|class|class name", T::Of(&["standard", "custom", "managed", "shared"])),
];
