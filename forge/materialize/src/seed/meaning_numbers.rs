//! The rules of `meaning` for numbers, written like those for texts.

use super::meaning::Number;
use Number as N;

const SECONDS: &[i64] = &[30, 60, 120, 300, 600, 900, 1800, 3600];
const MINUTES: &[i64] = &[5, 10, 15, 30, 45, 60, 90, 120];
const DAYS: &[i64] = &[1, 7, 14, 30, 60, 90, 365];
const GIB: &[i64] = &[8, 16, 20, 32, 50, 64, 100, 128, 256, 512];
const MIB: &[i64] = &[128, 256, 512, 1024, 2048, 4096];

/// Numbers.
pub(crate) const NUMBERS: &[(&str, Number)] = &[
    (
        "id|uid|identifier|account|oid|parent|asn number|number id|key|reference|owner|contact|handle|sid|customer|user|author|by|external ref|gid|order ref|project|group id|organization|team|company",
        N::Identifier,
    ),
    (
        "number|iid|position|sequence|order|index|sort order|ordinal|rank|line|line number|page number|row|column|step|sort|sequence number|display order|seq|page|slot|place|ranking|priority order|sort index|round",
        N::Sequence,
    ),
    (
        "version|revision|generation|version number|resource version|build|build number|schema version|observed generation|api version",
        N::Version,
    ),
    ("year|fiscal year|exp year|birth year|model year|season|expiry year|founded", N::Year),
    ("month|exp month|expiry month|month of year", N::Range(1, 12)),
    ("day|day of month|billing day", N::Range(1, 28)),
    ("day of week|weekday", N::Range(0, 6)),
    ("hour|start hour|hour of day", N::Range(6, 20)),
    ("minute|start minute", N::Of(&[0, 15, 30, 45])),
    ("week|week number|week of year", N::Range(1, 52)),
    (
        "at|date|timestamp|created|updated|modified|expires|expiration|expiry|start|end|since|until|time|start time|end time|create time|update time|due|on|ts|start date|end date|datetime|changed|epoch|start timestamp|published|added|deadline|last login|mtime|ctime|trial end|current period end|current period start",
        N::Moment,
    ),
    (
        "seconds|sec|secs|timeout|ttl|duration|delay|interval|period|age max|max age|timeout seconds|duration seconds|visibility timeout|frequency|cooldown|lifetime|grace period|elapsed|interval seconds|retry delay|lease|wait|length seconds|runtime seconds|idle timeout|run time|second|time limit|polling interval|heartbeat|expires in|backoff",
        N::Of(SECONDS),
    ),
    (
        "milliseconds|ms|millis|latency|duration ms|response time|timeout ms|elapsed ms|ping|length ms|execution time|processing time|time ms|timeout millis|timeout in millis",
        N::Around(240),
    ),
    ("track duration|duration millis|song length", N::Around(215_000)),
    (
        "minutes|mins|duration minutes|length minutes|timeout minutes|timeout in minutes|duration in minutes|session duration",
        N::Of(MINUTES),
    ),
    ("hours|working hours|hours per week|duration hours", N::Of(&[1, 2, 4, 8, 12, 24, 40])),
    (
        "days|retention|retention days|retention in days|retention period|duration days|term|expiration in days|days to keep|number of days|validity days|transition days|backup retention period|trial days|trial period days|days overdue|trial duration",
        N::Of(DAYS),
    ),
    ("months|term months|duration months", N::Of(&[1, 3, 6, 12, 24, 36])),
    ("weeks", N::Of(&[1, 2, 4, 6, 12])),
    ("years|experience|years of experience", N::Range(1, 15)),
    ("age|player age", N::Range(18, 74)),
    (
        "size|bytes|file size|content length|total size|length bytes|size bytes|content size|download size|object size|package size|bytes processed|bytes transferred|total bytes|image size|code size|storage used|used storage|bytes sent|bytes received|transferred",
        N::Around(48_000),
    ),
    (
        "page size|batch size|max items|per page|limit|max results|pagelen|take|top|page limit|results per page|row limit|max records|record limit|max batch size",
        N::Of(&[10, 20, 25, 50, 100]),
    ),
    ("offset|skip|start index|page offset", N::Of(&[0, 0, 20, 50, 100])),
    (
        "gb|gib|disk size|size gb|disk size gb|storage gb|memory gb|volume size|allocated storage|size in gb|disk gb|storage|disk|storage size|capacity gb|boot disk size|disk space|quota gb|storage capacity|volume size in gb|ebs volume size|size gigabytes|iops gb|backup size",
        N::Of(GIB),
    ),
    (
        "mb|mib|memory|memory mb|memory size|memory limit|ram|memory in mb|size mb|memory size in mb|mem|memory reservation|size in mb|heap size",
        N::Of(MIB),
    ),
    (
        "cpu|cpus|vcpu|vcpus|cores|cpu count|number of cpus|num cpus|core count|gpus|gpu|vcpu count|processors|threads per core|guest cpus|gpu count",
        N::Of(&[1, 2, 4, 8, 16]),
    ),
    ("cpu units|cpu shares", N::Of(&[256, 512, 1024, 2048])),
    ("iops|provisioned iops|throughput", N::Of(&[100, 500, 1000, 3000])),
    ("read capacity units|write capacity units|capacity units|capacity|units|tcu", N::Of(&[1, 5, 10, 25, 50])),
    (
        "replicas|node count|nodes|instances|instance count|desired count|desired size|desired capacity|min size|size min|shard count|shards|partitions|replica count|number of nodes|desired replicas|ready replicas|available replicas|workers|worker count|number of instances|concurrency|replication factor|parallelism|num nodes|seats|number of workers|threads|running count|min capacity|max concurrency|runners|machines|brokers|desired instances",
        N::Range(1, 8),
    ),
    (
        "max size|max capacity|maximum|max count|max instances|max nodes|max|quota|max connections|cap|max concurrent|max replicas|limit max|ceiling",
        N::Of(&[10, 20, 50, 100, 200]),
    ),
    ("minimum|min|min count|min instances|min nodes|floor", N::Of(&[0, 1, 2, 3, 5])),
    (
        "retries|attempts|max retries|retry count|max attempts|retry attempts|maximum retries|maximum attempts|number of retries|maximum retry attempts|failure threshold|success threshold|healthy threshold|unhealthy threshold|attempt",
        N::Of(&[1, 2, 3, 5]),
    ),
    (
        "errors|failures|error count|failure count|failed|failed count|bounces|complaints|rejects|conflicts|warnings|unsubs|hard bounces|soft bounces|unsubscribes|failed executions|lost",
        N::Few(6),
    ),
    (
        "count|total|total count|items|total items|total results|results|records|rows|quantity|qty|units sold|views|clicks|hits|runs|executions|usage|number of items|used|available|remaining|files|users|members|comments|messages|requests|opens|sent|events|projects|jobs|documents|objects|pages|subscribers|contacts|steps|stock|inventory|on hand|builds|orders|bookings|guests|tickets|sessions|visits|reads|writes|open issues|watchers|stargazers|followers|following|likes|downloads|plays|forks|shares|installs|impressions|votes|answers|reactions|favorites|replies|children|attendees|participants|enrolled|active|rooms|beds|bedrooms|bathrooms|floors|tests|passed|skipped|processed|completed|pending|wins|losses|goals|games|matches|points for|points against|kills|deaths|assists|streak|times|occurrences|tasks|entries|endpoints|balance units|num|amount used|delivered|channels|connections|current|total pages|number of pages|number of results|page count|revisions|public repos|public gists|tables|keys|scans|findings|rides|trips|sales|choices|quantity available|capacity used|adults|passengers|ether|blocks|transactions|repos|quotes|snapshots|records processed|rows processed|seats used|spots|openings",
        N::Few(40),
    ),
    (
        "view count|play count|download count|follower count|subscriber count|like count|stargazers count|watchers count|listeners|popularity count|friends count|followers count|downloads count|impression count",
        N::Few(9_000),
    ),
    (
        "percent|percentage|progress|completion|percent complete|complete|percentage complete|utilization|cpu utilization|traffic percentage|weight percent|coverage|success rate|discount percentage|fill|battery|battery level|humidity|popularity|accuracy|ownership|volume level|opacity|target value|scale in|brightness|saturation|completeness|quality|health score|usage percent|probability percent|percent off|done ratio",
        N::Percent,
    ),
    ("threshold|alarm threshold|evaluation threshold|alert threshold|score threshold", N::Of(&[50, 70, 80, 90, 95])),
    (
        "score|grade|rating score|points|credits|test score|total score|credit score|average score|risk score|health|reputation|quality score|confidence score|relevance|relevance score|member rating score|karma|reward points|loyalty points|spread|kp|ranking points|sentiment score|strength|level score",
        N::Range(40, 100),
    ),
    ("rating|average rating|stars|star rating|review rating|member rating|avg rating|overall rating", N::Rating),
    (
        "precision|recall|average precision|f1|confidence|probability|ratio|fraction|weight ratio|likelihood|similarity|sampling rate|sample rate|sampling|alpha|similarity score|click rate|open rate|conversion rate|error rate|ctr|bounce rate|learning rate|dropout|entropy|average|energy|danceability|valence|temperature setting|top p|presence penalty|completion rate|growth|match score|hit rate|attack rate",
        N::Fraction,
    ),
    (
        "rate|tax rate|vat rate|interest rate|exchange rate|vat percent|commission rate|tax percent|apr|vat percentage|discount rate|vat|sales tax rate|tax percentage|interest",
        N::Of(&[5, 7, 19, 20, 21, 23]),
    ),
    (
        "price|amount|total amount|cost|fee|subtotal|balance|unit price|total price|salary|budget|revenue|bid|discount|tax|refund|net|gross|paid|credit|debit|value amount|shipping|spend|charge|total cost|net amount|gross amount|discount amount|tax amount|list price|sale price|retail price|rent|deposit|earnings|income|payment|amount due|amount paid|current balance|available balance|credit limit|invoice total|payout|subtotal price|price amount|profit|total tax|expense|tip|donation|wage|hourly rate|amount total|market price|estimated cost|opening balance|grand total|face value|premium|revenue amount|total paid|outstanding|monthly price|bid amount|ask|high|low|open|close|last price|previous close|strike|unit cost|old|total due|cash",
        N::Price,
    ),
    (
        "cents|amount cents|price cents|unit amount|amount in cents|total cents|minor units|amount captured|amount refunded|micros|price micros|amount micros|amount minor",
        N::Cents,
    ),
    ("quantity decimal|shares held|volume traded", N::Few(400)),
    ("latitude|lat", N::Latitude),
    ("longitude|lon|lng|long", N::Longitude),
    ("altitude|elevation", N::Around(180)),
    (
        "height|width|image width|image height|screen width|screen height|thumbnail width|thumbnail height|window width|window height|video width|video height|pixel width|x resolution|max width|max height",
        N::Of(&[320, 480, 640, 720, 800, 1080, 1200, 1920]),
    ),
    ("length|depth|diameter|thickness|radius|perimeter|chapter length|max length|min length|string length|circumference", N::Around(24)),
    ("height cm|player height|body height", N::Range(150, 198)),
    ("weight kg|body weight|player weight", N::Range(48, 110)),
    ("weight|mass|gross weight|net weight|total weight|item weight|grams|shipping weight|load", N::Around(4)),
    ("x|y|z|left|top px|right|x position|y position|x coordinate|y coordinate|position x|position y|margin|padding", N::Range(0, 640)),
    ("distance|mileage|odometer|meters|metres|distance meters|kilometers|miles|range km", N::Around(1_200)),
    (
        "speed|wind speed|velocity|max speed|download speed|bandwidth|bit rate|bitrate|video bitrate|audio bitrate|bandwidth mbps|speed mbps|gbps|mbps|max bandwidth|kbps|upload speed",
        N::Of(&[10, 50, 100, 128, 256, 320, 500, 1000]),
    ),
    ("temperature|temp|feels like|temp max|temp min|dew point", N::Range(-4, 32)),
    ("pressure", N::Range(985, 1035)),
    ("area|square feet|living area|floor area|surface|sqft|square meters|lot size", N::Around(85)),
    ("volume|trading volume|trade volume", N::Around(900)),
    ("frame rate|fps|framerate|frames per second", N::Of(&[24, 25, 30, 60])),
    ("sample rate hertz|sample rate hz|sampling frequency|sample rate khz", N::Of(&[16_000, 22_050, 44_100, 48_000])),
    ("tempo|bpm", N::Range(70, 160)),
    ("heart rate|pulse", N::Range(55, 120)),
    ("calories|kcal|energy kcal", N::Range(80, 650)),
    ("power|watts|voltage|current amps|energy kwh|energy usage|consumption", N::Around(220)),
    (
        "port|from port|to port|server port|port number|target port|source port|destination port|listener port|host port|container port|node port|proxy port|db port|smtp port|ssh port",
        N::Of(&[443, 80, 8080, 22, 5432, 3306, 6379, 9092]),
    ),
    ("asn|bgp asn|autonomous system number|amazon side asn|customer asn|peer asn", N::Range(64_512, 65_534)),
    ("vlan|vlan id", N::Range(2, 4_000)),
    ("mtu", N::Of(&[1500, 1400, 9001])),
    ("prefix length|netmask|cidr prefix|subnet mask|mask", N::Of(&[16, 24, 26, 28])),
    ("ttl seconds|record ttl|dns ttl|cache ttl|default ttl|min ttl|max ttl|cache control max age", N::Of(&[60, 300, 3600, 86_400])),
    (
        "status|status code|http status|response code|http code|http status code|response status|status http",
        N::Of(&[200, 200, 201, 204, 404, 500]),
    ),
    ("exit code|error code|return code|exit status|code|error|reason code|result code|error number", N::Of(&[0, 0, 0, 1, 2])),
    ("zip|zip code|postal code|postcode", N::Range(10_000, 98_000)),
    ("phone|phone number|mobile", N::Range(15_550_100, 15_550_199)),
    ("dial code|country code|calling code", N::Of(&[1, 31, 33, 44, 46, 49, 351])),
    ("area code", N::Of(&[212, 310, 415, 503, 514])),
    (
        "priority|priority level|weight priority|precedence|urgency|severity|importance|rule number|rule priority",
        N::Of(&[1, 2, 3, 5, 10, 100]),
    ),
    ("weight routing|traffic weight|routing weight", N::Of(&[10, 25, 50, 100])),
    (
        "level|tier|difficulty|depth level|log level|nesting level|floor number|floor level|stage|severity level|grade level|step number|phase",
        N::Range(1, 5),
    ),
    (
        "type|kind|mode|category|class|state|flags|visibility|format|status id|type code|action|role|access level|access|purpose|source|reason|method|operation|classification|gender|network type|condition|game mode|flag|style|theme",
        N::Range(0, 3),
    ),
    ("time zone|timezone|utc offset|offset hours|gmt offset|timezone offset|raw offset", N::Of(&[-8, -5, 0, 1, 2, 9])),
    ("difficulty score|hash rate|gas|gas limit|gas price|block number|block height|nonce", N::Around(21_000)),
    (
        "value|default|metric value|current value|measurement|reading|result|default value|max value|data value|number value|numeric value|double value|int value|actual value|integer value|previous value|expected value|observed value|factor|multiplier|metric",
        N::Around(20),
    ),
    ("min value|minimum value|lower bound|range min|from value", N::Of(&[0, 1, 5, 10])),
    ("maximum value|upper bound|range max|to value", N::Of(&[50, 100, 500, 1000])),
    (
        "standard deviation|stddev|variance|margin of error|delta|change|difference|change percent|growth rate|deviation|price change",
        N::Of(&[-4, -2, -1, 1, 2, 3, 5]),
    ),
    ("bits|key size|key length|key bits|bit depth|bits per sample", N::Of(&[128, 256, 2048, 4096])),
    ("dpi|ppi", N::Of(&[72, 96, 150, 300])),
    ("font size", N::Of(&[10, 12, 14, 16, 18, 24])),
    ("z index|layer", N::Range(0, 9)),
    ("seed|random seed", N::Range(1, 99_999)),
    ("epochs|iterations|max iterations|number of epochs|num epochs", N::Of(&[5, 10, 20, 50, 100])),
    ("dimensions|embedding dimension|vector size|dimension", N::Of(&[128, 384, 768, 1536])),
    ("tokens|max tokens|prompt tokens|completion tokens|total tokens|token count", N::Of(&[64, 256, 512, 1024, 4096])),
];
