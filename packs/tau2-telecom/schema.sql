-- A telecom carrier and the phone of one of its customers, after τ²-bench. `position` keeps the order of upstream's lists.
-- Days are YYYY-MM-DD, money is in dollars and floating, as upstream has it.

-- The carrier's side.

CREATE TABLE plans (
  plan_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  data_limit_gb REAL NOT NULL,
  price_per_month REAL NOT NULL,
  data_refueling_price_per_gb REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  device_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  device_type TEXT NOT NULL CHECK (device_type IN ('phone', 'router', 'tablet', 'watch', 'other')),
  model TEXT NOT NULL,
  imei TEXT,
  is_esim_capable INTEGER NOT NULL CHECK (is_esim_capable IN (0, 1)),
  activated INTEGER NOT NULL DEFAULT 0 CHECK (activated IN (0, 1)),
  activation_date TEXT,
  last_esim_transfer_date TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
  customer_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  full_name TEXT NOT NULL,
  date_of_birth TEXT NOT NULL,
  email TEXT NOT NULL,
  phone_number TEXT NOT NULL,
  street TEXT NOT NULL,
  city TEXT NOT NULL,
  state TEXT NOT NULL,
  zip_code TEXT NOT NULL,
  account_status TEXT NOT NULL CHECK (account_status IN ('Active', 'Suspended', 'Pending Verification', 'Closed')),
  created_at TEXT NOT NULL,
  last_extension_date TEXT,
  goodwill_credit_used_this_year REAL NOT NULL DEFAULT 0.0
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_by_phone ON customers (phone_number);
CREATE INDEX customers_by_birth ON customers (date_of_birth);

CREATE TABLE payment_methods (
  customer_id TEXT NOT NULL REFERENCES customers (customer_id),
  position INTEGER NOT NULL,
  method_type TEXT NOT NULL CHECK (method_type IN ('Credit Card', 'Debit Card', 'PayPal')),
  account_number_last_4 TEXT NOT NULL,
  expiration_date TEXT NOT NULL,
  PRIMARY KEY (customer_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE lines (
  line_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customers (customer_id),
  phone_number TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('Active', 'Suspended', 'Pending Activation', 'Closed')),
  plan_id TEXT NOT NULL REFERENCES plans (plan_id),
  device_id TEXT REFERENCES devices (device_id),
  data_used_gb REAL NOT NULL DEFAULT 0.0,
  data_refueling_gb REAL NOT NULL DEFAULT 0.0,
  roaming_enabled INTEGER NOT NULL DEFAULT 0 CHECK (roaming_enabled IN (0, 1)),
  contract_end_date TEXT,
  last_plan_change_date TEXT,
  last_sim_replacement_date TEXT,
  suspension_start_date TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX lines_by_customer ON lines (customer_id, position);
CREATE INDEX lines_by_phone ON lines (phone_number, position);

CREATE TABLE bills (
  bill_id TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customers (customer_id),
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  issue_date TEXT NOT NULL,
  total_due REAL NOT NULL,
  due_date TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('Draft', 'Issued', 'Awaiting Payment', 'Paid', 'Overdue', 'Disputed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX bills_by_customer ON bills (customer_id, position);

CREATE TABLE bill_items (
  bill_id TEXT NOT NULL REFERENCES bills (bill_id),
  position INTEGER NOT NULL,
  description TEXT NOT NULL,
  amount REAL NOT NULL,
  date TEXT NOT NULL,
  item_type TEXT NOT NULL,
  PRIMARY KEY (bill_id, position)
) STRICT, WITHOUT ROWID;

-- The user's side. There is one user, so most of these have one row.

CREATE TABLE user_device (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sim_card_status TEXT NOT NULL CHECK (sim_card_status IN ('active', 'missing', 'locked_pin', 'locked_puk')),
  sim_card_missing INTEGER NOT NULL CHECK (sim_card_missing IN (0, 1)),
  airplane_mode INTEGER NOT NULL CHECK (airplane_mode IN (0, 1)),
  network_signal_strength TEXT NOT NULL CHECK (network_signal_strength IN ('none', 'poor', 'fair', 'good', 'excellent')),
  network_technology_connected TEXT NOT NULL CHECK (network_technology_connected IN ('none', '2G', '3G', '4G', '5G')),
  network_connection_status TEXT NOT NULL CHECK (network_connection_status IN ('connected', 'searching', 'no_service', 'emergency_only')),
  battery_level INTEGER NOT NULL,
  data_enabled INTEGER NOT NULL CHECK (data_enabled IN (0, 1)),
  roaming_enabled INTEGER NOT NULL CHECK (roaming_enabled IN (0, 1)),
  network_mode_preference TEXT NOT NULL CHECK (network_mode_preference IN ('4g_5g_preferred', '4g_only', '3g_only', '2g_only')),
  wifi_enabled INTEGER NOT NULL CHECK (wifi_enabled IN (0, 1)),
  wifi_connected INTEGER NOT NULL CHECK (wifi_connected IN (0, 1)),
  wifi_ssid TEXT,
  wifi_signal_strength TEXT NOT NULL CHECK (wifi_signal_strength IN ('none', 'poor', 'fair', 'good', 'excellent')),
  wifi_calling_enabled INTEGER NOT NULL CHECK (wifi_calling_enabled IN (0, 1)),
  wifi_calling_mms_over_wifi INTEGER NOT NULL CHECK (wifi_calling_mms_over_wifi IN (0, 1)),
  data_saver_mode INTEGER NOT NULL CHECK (data_saver_mode IN (0, 1)),
  vpn_enabled_setting INTEGER NOT NULL CHECK (vpn_enabled_setting IN (0, 1)),
  vpn_connected INTEGER NOT NULL CHECK (vpn_connected IN (0, 1))
) STRICT;

CREATE TABLE user_apn (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  apn_name TEXT NOT NULL CHECK (apn_name IN ('internet', 'broken')),
  reset_at_reboot INTEGER NOT NULL CHECK (reset_at_reboot IN (0, 1)),
  mms_apn TEXT,
  mmsc_url TEXT,
  mms_proxy TEXT,
  mms_port INTEGER
) STRICT;

-- The VPN that the phone is connected to: a row while there is one.
CREATE TABLE user_vpn (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  server_address TEXT,
  protocol TEXT,
  server_performance TEXT NOT NULL CHECK (server_performance IN ('unknown', 'poor', 'fair', 'good', 'excellent'))
) STRICT;

-- What a new connection to the VPN gets. Upstream keeps it in its code, not in its data.
CREATE TABLE user_vpn_profile (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  server_address TEXT,
  protocol TEXT,
  server_performance TEXT NOT NULL CHECK (server_performance IN ('unknown', 'poor', 'fair', 'good', 'excellent'))
) STRICT;

CREATE TABLE user_apps (
  app_name TEXT PRIMARY KEY,
  position INTEGER NOT NULL UNIQUE,
  sms INTEGER NOT NULL DEFAULT 0 CHECK (sms IN (0, 1)),
  storage INTEGER NOT NULL DEFAULT 0 CHECK (storage IN (0, 1)),
  phone INTEGER NOT NULL DEFAULT 0 CHECK (phone IN (0, 1)),
  network INTEGER NOT NULL DEFAULT 0 CHECK (network IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Who the user is and where. The last three are the carrier's word; tools/sync.sql keeps them up to date.
CREATE TABLE user_surroundings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT,
  phone_number TEXT,
  is_abroad INTEGER NOT NULL CHECK (is_abroad IN (0, 1)),
  roaming_allowed INTEGER NOT NULL CHECK (roaming_allowed IN (0, 1)),
  mobile_data_usage_exceeded INTEGER NOT NULL CHECK (mobile_data_usage_exceeded IN (0, 1)),
  line_active INTEGER NOT NULL CHECK (line_active IN (0, 1))
) STRICT;

-- How strong each kind of network is where the user is.
CREATE TABLE user_signal (
  technology TEXT PRIMARY KEY CHECK (technology IN ('none', '2G', '3G', '4G', '5G')),
  strength TEXT NOT NULL CHECK (strength IN ('none', 'poor', 'fair', 'good', 'excellent'))
) STRICT, WITHOUT ROWID;

-- The bill that the user is asked to pay: a row while there is one.
CREATE TABLE user_payment_request (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  bill_id TEXT NOT NULL,
  amount_due REAL NOT NULL,
  paid INTEGER NOT NULL DEFAULT 0 CHECK (paid IN (0, 1))
) STRICT;

-- Which build this is, for the phone's code.
-- @if quirks
CREATE VIEW build (quirks) AS SELECT 1;
-- @endif
-- @if !quirks
CREATE VIEW build (quirks) AS SELECT 0;
-- @endif

-- Every number by which a customer is found.
CREATE VIEW phone_owners AS
  SELECT phone_number, customer_id FROM customers
  UNION ALL SELECT phone_number, customer_id FROM lines;

-- Upstream's documents, one view an entity. The tools return these, and `upstream` puts them together.

CREATE VIEW plan_docs AS
  SELECT plan_id, position,
         jsonb_object('plan_id', plan_id, 'name', name, 'data_limit_gb', data_limit_gb, 'price_per_month', price_per_month,
                      'data_refueling_price_per_gb', data_refueling_price_per_gb) AS doc
    FROM plans;

CREATE VIEW device_docs AS
  SELECT device_id, position,
         jsonb_object('device_id', device_id, 'device_type', device_type, 'model', model, 'imei', imei,
                      'is_esim_capable', iif(is_esim_capable, json('true'), json('false')), 'activated', iif(activated, json('true'), json('false')),
                      'activation_date', activation_date, 'last_esim_transfer_date', last_esim_transfer_date) AS doc
    FROM devices;

CREATE VIEW customer_docs AS
  SELECT c.customer_id, c.position, c.full_name, c.date_of_birth,
         jsonb_object('customer_id', c.customer_id, 'full_name', c.full_name, 'date_of_birth', c.date_of_birth, 'email', c.email,
                      'phone_number', c.phone_number,
                      'address', json_object('street', c.street, 'city', c.city, 'state', c.state, 'zip_code', c.zip_code),
                      'account_status', c.account_status,
                      'payment_methods', (SELECT jsonb_group_array(json_object('method_type', m.method_type,
                                                   'account_number_last_4', m.account_number_last_4, 'expiration_date', m.expiration_date) ORDER BY m.position)
                                            FROM payment_methods AS m WHERE m.customer_id = c.customer_id),
                      'line_ids', (SELECT jsonb_group_array(l.line_id ORDER BY l.position) FROM lines AS l WHERE l.customer_id = c.customer_id),
                      'bill_ids', (SELECT jsonb_group_array(b.bill_id ORDER BY b.position) FROM bills AS b WHERE b.customer_id = c.customer_id),
                      'created_at', c.created_at, 'last_extension_date', c.last_extension_date,
                      'goodwill_credit_used_this_year', c.goodwill_credit_used_this_year) AS doc
    FROM customers AS c;

CREATE VIEW line_docs AS
  SELECT line_id, position,
         jsonb_object('line_id', line_id, 'phone_number', phone_number, 'status', status, 'plan_id', plan_id, 'device_id', device_id,
                      'data_used_gb', data_used_gb, 'data_refueling_gb', data_refueling_gb,
                      'roaming_enabled', iif(roaming_enabled, json('true'), json('false')), 'contract_end_date', contract_end_date,
                      'last_plan_change_date', last_plan_change_date, 'last_sim_replacement_date', last_sim_replacement_date,
                      'suspension_start_date', suspension_start_date) AS doc
    FROM lines;

CREATE VIEW bill_docs AS
  SELECT b.bill_id, b.position, b.customer_id, b.issue_date,
         jsonb_object('bill_id', b.bill_id, 'customer_id', b.customer_id, 'period_start', b.period_start, 'period_end', b.period_end,
                      'issue_date', b.issue_date, 'total_due', b.total_due, 'due_date', b.due_date,
                      'line_items', (SELECT jsonb_group_array(json_object('description', i.description, 'amount', i.amount, 'date', i.date,
                                              'item_type', i.item_type) ORDER BY i.position)
                                       FROM bill_items AS i WHERE i.bill_id = b.bill_id),
                      'status', b.status) AS doc
    FROM bills AS b;

CREATE VIEW user_device_doc AS
  SELECT jsonb_object('sim_card_status', d.sim_card_status, 'sim_card_missing', iif(d.sim_card_missing, json('true'), json('false')),
                      'airplane_mode', iif(d.airplane_mode, json('true'), json('false')),
                      'network_signal_strength', d.network_signal_strength, 'network_technology_connected', d.network_technology_connected,
                      'network_connection_status', d.network_connection_status, 'battery_level', d.battery_level,
                      'data_enabled', iif(d.data_enabled, json('true'), json('false')),
                      'roaming_enabled', iif(d.roaming_enabled, json('true'), json('false')),
                      'network_mode_preference', d.network_mode_preference,
                      'active_apn_settings', (SELECT jsonb_object('apn_name', a.apn_name, 'reset_at_reboot', iif(a.reset_at_reboot, json('true'), json('false')),
                                                       'mms_apn', a.mms_apn, 'mmsc_url', a.mmsc_url, 'mms_proxy', a.mms_proxy, 'mms_port', a.mms_port)
                                                FROM user_apn AS a),
                      'wifi_enabled', iif(d.wifi_enabled, json('true'), json('false')), 'wifi_connected', iif(d.wifi_connected, json('true'), json('false')),
                      'wifi_ssid', d.wifi_ssid, 'wifi_signal_strength', d.wifi_signal_strength,
                      'wifi_calling_enabled', iif(d.wifi_calling_enabled, json('true'), json('false')),
                      'wifi_calling_mms_over_wifi', iif(d.wifi_calling_mms_over_wifi, json('true'), json('false')),
                      'data_saver_mode', iif(d.data_saver_mode, json('true'), json('false')),
                      'vpn_enabled_setting', iif(d.vpn_enabled_setting, json('true'), json('false')),
                      'vpn_connected', iif(d.vpn_connected, json('true'), json('false')),
                      'vpn_details', (SELECT jsonb_object('server_address', v.server_address, 'protocol', v.protocol,
                                               'server_performance', v.server_performance) FROM user_vpn AS v),
                      'app_statuses', (SELECT jsonb_group_object(p.app_name, json_object('app_name', p.app_name, 'permissions',
                                                json_object('sms', iif(p.sms, json('true'), json('false')), 'storage', iif(p.storage, json('true'), json('false')),
                                                             'phone', iif(p.phone, json('true'), json('false')), 'network', iif(p.network, json('true'), json('false'))))
                                                ORDER BY p.position) FROM user_apps AS p)) AS doc
    FROM user_device AS d;

CREATE VIEW user_surroundings_doc AS
  SELECT jsonb_object('name', s.name, 'phone_number', s.phone_number, 'is_abroad', iif(s.is_abroad, json('true'), json('false')),
                      'roaming_allowed', iif(s.roaming_allowed, json('true'), json('false')),
                      'signal_strength', (SELECT jsonb_group_object(g.technology, g.strength ORDER BY g.technology) FROM user_signal AS g),
                      'mobile_data_usage_exceeded', iif(s.mobile_data_usage_exceeded, json('true'), json('false')),
                      'line_active', iif(s.line_active, json('true'), json('false')),
                      'payment_request', (SELECT jsonb_object('bill_id', r.bill_id, 'amount_due', r.amount_due, 'paid', iif(r.paid, json('true'), json('false')))
                                            FROM user_payment_request AS r)) AS doc
    FROM user_surroundings AS s;

-- The whole of upstream's two documents, piece by piece; at an index of a list, or NULL where the piece is all of the collection.
CREATE VIEW upstream (document, collection, at, doc) AS
  SELECT 'db', 'plans', position, doc FROM plan_docs
  UNION ALL SELECT 'db', 'customers', position, doc FROM customer_docs
  UNION ALL SELECT 'db', 'lines', position, doc FROM line_docs
  UNION ALL SELECT 'db', 'bills', position, doc FROM bill_docs
  UNION ALL SELECT 'db', 'devices', position, doc FROM device_docs
  UNION ALL SELECT 'user_db', 'device', NULL, doc FROM user_device_doc
  UNION ALL SELECT 'user_db', 'surroundings', NULL, doc FROM user_surroundings_doc;
