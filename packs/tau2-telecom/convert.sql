-- From upstream's documents to the tables: `:db` is the text of db.json, `:user_db` that of user_db.json.

INSERT INTO plans (plan_id, position, name, data_limit_gb, price_per_month, data_refueling_price_per_gb)
SELECT p.value ->> 'plan_id', p.key, p.value ->> 'name', p.value ->> 'data_limit_gb', p.value ->> 'price_per_month', p.value ->> 'data_refueling_price_per_gb'
  FROM json_each(:db, '$.plans') AS p ORDER BY p.key;

INSERT INTO devices (device_id, position, device_type, model, imei, is_esim_capable, activated, activation_date, last_esim_transfer_date)
SELECT d.value ->> 'device_id', d.key, d.value ->> 'device_type', d.value ->> 'model', d.value ->> 'imei', d.value ->> 'is_esim_capable',
       d.value ->> 'activated', d.value ->> 'activation_date', d.value ->> 'last_esim_transfer_date'
  FROM json_each(:db, '$.devices') AS d ORDER BY d.key;

INSERT INTO customers (customer_id, position, full_name, date_of_birth, email, phone_number, street, city, state, zip_code, account_status, created_at,
                       last_extension_date, goodwill_credit_used_this_year)
SELECT c.value ->> 'customer_id', c.key, c.value ->> 'full_name', c.value ->> 'date_of_birth', c.value ->> 'email', c.value ->> 'phone_number',
       c.value ->> '$.address.street', c.value ->> '$.address.city', c.value ->> '$.address.state', c.value ->> '$.address.zip_code',
       c.value ->> 'account_status', c.value ->> 'created_at', c.value ->> 'last_extension_date', c.value ->> 'goodwill_credit_used_this_year'
  FROM json_each(:db, '$.customers') AS c ORDER BY c.key;

INSERT INTO payment_methods (customer_id, position, method_type, account_number_last_4, expiration_date)
SELECT c.value ->> 'customer_id', m.key, m.value ->> 'method_type', m.value ->> 'account_number_last_4', m.value ->> 'expiration_date'
  FROM json_each(:db, '$.customers') AS c JOIN json_each(c.value, '$.payment_methods') AS m ORDER BY c.key, m.key;

-- Upstream's customers list their lines and bills. Here a line names its customer, as a bill does upstream too; the order of both
-- lists is that of the lines and bills themselves.
INSERT INTO lines (line_id, position, customer_id, phone_number, status, plan_id, device_id, data_used_gb, data_refueling_gb, roaming_enabled,
                   contract_end_date, last_plan_change_date, last_sim_replacement_date, suspension_start_date)
SELECT l.value ->> 'line_id', l.key,
       (SELECT c.value ->> 'customer_id' FROM json_each(:db, '$.customers') AS c JOIN json_each(c.value, '$.line_ids') AS own
         WHERE own.value = l.value ->> 'line_id'),
       l.value ->> 'phone_number', l.value ->> 'status', l.value ->> 'plan_id', l.value ->> 'device_id', l.value ->> 'data_used_gb',
       l.value ->> 'data_refueling_gb', l.value ->> 'roaming_enabled', l.value ->> 'contract_end_date', l.value ->> 'last_plan_change_date',
       l.value ->> 'last_sim_replacement_date', l.value ->> 'suspension_start_date'
  FROM json_each(:db, '$.lines') AS l ORDER BY l.key;

INSERT INTO bills (bill_id, position, customer_id, period_start, period_end, issue_date, total_due, due_date, status)
SELECT b.value ->> 'bill_id', b.key, b.value ->> 'customer_id', b.value ->> 'period_start', b.value ->> 'period_end', b.value ->> 'issue_date',
       b.value ->> 'total_due', b.value ->> 'due_date', b.value ->> 'status'
  FROM json_each(:db, '$.bills') AS b ORDER BY b.key;

INSERT INTO bill_items (bill_id, position, description, amount, date, item_type)
SELECT b.value ->> 'bill_id', i.key, i.value ->> 'description', i.value ->> 'amount', i.value ->> 'date', i.value ->> 'item_type'
  FROM json_each(:db, '$.bills') AS b JOIN json_each(b.value, '$.line_items') AS i ORDER BY b.key, i.key;

INSERT INTO user_device (id, sim_card_status, sim_card_missing, airplane_mode, network_signal_strength, network_technology_connected,
                         network_connection_status, battery_level, data_enabled, roaming_enabled, network_mode_preference, wifi_enabled, wifi_connected,
                         wifi_ssid, wifi_signal_strength, wifi_calling_enabled, wifi_calling_mms_over_wifi, data_saver_mode, vpn_enabled_setting, vpn_connected)
SELECT 1, d ->> 'sim_card_status', d ->> 'sim_card_missing', d ->> 'airplane_mode', d ->> 'network_signal_strength', d ->> 'network_technology_connected',
       d ->> 'network_connection_status', d ->> 'battery_level', d ->> 'data_enabled', d ->> 'roaming_enabled', d ->> 'network_mode_preference',
       d ->> 'wifi_enabled', d ->> 'wifi_connected', d ->> 'wifi_ssid', d ->> 'wifi_signal_strength', d ->> 'wifi_calling_enabled',
       d ->> 'wifi_calling_mms_over_wifi', d ->> 'data_saver_mode', d ->> 'vpn_enabled_setting', d ->> 'vpn_connected'
  FROM (SELECT :user_db -> '$.device' AS d);

INSERT INTO user_apn (id, apn_name, reset_at_reboot, mms_apn, mmsc_url, mms_proxy, mms_port)
SELECT 1, a ->> 'apn_name', a ->> 'reset_at_reboot', a ->> 'mms_apn', a ->> 'mmsc_url', a ->> 'mms_proxy', a ->> 'mms_port'
  FROM (SELECT :user_db -> '$.device.active_apn_settings' AS a);

INSERT INTO user_vpn (id, server_address, protocol, server_performance)
SELECT 1, v ->> 'server_address', v ->> 'protocol', v ->> 'server_performance'
  FROM (SELECT :user_db -> '$.device.vpn_details' AS v) WHERE json_type(v) = 'object';

INSERT INTO user_vpn_profile (id, server_address, protocol, server_performance) VALUES (1, '192.168.1.1', 'OpenVPN', 'excellent');

-- The document's members are sorted, the phone's apps are not: it lists the messaging app first.
INSERT INTO user_apps (app_name, position, sms, storage, phone, network)
SELECT a.key, row_number() OVER (ORDER BY a.key <> 'messaging', a.id) - 1, a.value ->> '$.permissions.sms', a.value ->> '$.permissions.storage',
       a.value ->> '$.permissions.phone', a.value ->> '$.permissions.network'
  FROM json_each(:user_db, '$.device.app_statuses') AS a ORDER BY a.id;

INSERT INTO user_surroundings (id, name, phone_number, is_abroad, roaming_allowed, mobile_data_usage_exceeded, line_active)
SELECT 1, s ->> 'name', s ->> 'phone_number', s ->> 'is_abroad', s ->> 'roaming_allowed', s ->> 'mobile_data_usage_exceeded', s ->> 'line_active'
  FROM (SELECT :user_db -> '$.surroundings' AS s);

INSERT INTO user_signal (technology, strength)
SELECT g.key, g.value FROM json_each(:user_db, '$.surroundings.signal_strength') AS g ORDER BY g.id;

INSERT INTO user_payment_request (id, bill_id, amount_due, paid)
SELECT 1, r ->> 'bill_id', r ->> 'amount_due', r ->> 'paid'
  FROM (SELECT :user_db -> '$.surroundings.payment_request' AS r) WHERE json_type(r) = 'object';
