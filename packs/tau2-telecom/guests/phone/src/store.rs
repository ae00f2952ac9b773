//! The phone's rows: read in one statement, written table by table where they changed.

use crate::apn::Settings;
use crate::phone::{Phone, Surroundings, Vpn};
use crate::words::{ApnName, Connection, Mode, Performance, Signal, Sim, Technology};
use wardian_guest::{Database, ToolError, Value};

/// In the order of [`read`].
const SELECT: &str = "SELECT d.sim_card_status, d.sim_card_missing, d.airplane_mode, d.network_signal_strength, \
    d.network_technology_connected, d.network_connection_status, d.battery_level, d.data_enabled, d.roaming_enabled, \
    d.network_mode_preference, d.wifi_enabled, d.wifi_connected, d.wifi_ssid, d.wifi_signal_strength, d.wifi_calling_enabled, \
    d.wifi_calling_mms_over_wifi, d.data_saver_mode, d.vpn_enabled_setting, d.vpn_connected, \
    a.apn_name, a.reset_at_reboot, a.mms_apn, a.mmsc_url, a.mms_proxy, a.mms_port, \
    v.server_address, v.protocol, v.server_performance, p.server_address, p.protocol, p.server_performance, \
    s.name, s.phone_number, s.is_abroad, s.roaming_allowed, s.mobile_data_usage_exceeded, s.line_active, \
    (SELECT strength FROM user_signal WHERE technology = '2G'), (SELECT strength FROM user_signal WHERE technology = '3G'), \
    (SELECT strength FROM user_signal WHERE technology = '4G'), (SELECT strength FROM user_signal WHERE technology = '5G'), \
    b.quirks \
    FROM user_device AS d JOIN user_apn AS a JOIN user_vpn_profile AS p JOIN user_surroundings AS s JOIN build AS b \
    LEFT JOIN user_vpn AS v ON v.id = 1";

const UPDATE_DEVICE: &str = "UPDATE user_device SET sim_card_status = ?1, sim_card_missing = ?2, airplane_mode = ?3, \
    network_signal_strength = ?4, network_technology_connected = ?5, network_connection_status = ?6, data_enabled = ?7, \
    roaming_enabled = ?8, network_mode_preference = ?9, wifi_enabled = ?10, wifi_connected = ?11, wifi_ssid = ?12, \
    wifi_signal_strength = ?13, wifi_calling_enabled = ?14, wifi_calling_mms_over_wifi = ?15, data_saver_mode = ?16, vpn_connected = ?17";

const UPDATE_APN: &str =
    "UPDATE user_apn SET apn_name = ?1, reset_at_reboot = ?2, mms_apn = ?3, mmsc_url = ?4, mms_proxy = ?5, mms_port = ?6";

const UPDATE_VPN_PROFILE: &str = "UPDATE user_vpn_profile SET server_address = ?1, protocol = ?2, server_performance = ?3";

const REPLACE_VPN: &str = "INSERT INTO user_vpn (id, server_address, protocol, server_performance) VALUES (1, ?1, ?2, ?3) \
    ON CONFLICT (id) DO UPDATE SET server_address = excluded.server_address, protocol = excluded.protocol, \
    server_performance = excluded.server_performance";

const UPDATE_SURROUNDINGS: &str = "UPDATE user_surroundings SET name = ?1, phone_number = ?2, is_abroad = ?3";

/// The phone as the tables have it.
///
/// # Errors
/// When a statement fails or a row is not what the schema says.
pub(crate) fn read(db: &Database) -> Result<Phone, ToolError> {
    let rows = db.query(SELECT, &[])?;
    let values = rows.values.into_iter().next().ok_or_else(|| ToolError::other("the user has no phone"))?;
    phone(&mut Row(values.into_iter())).ok_or_else(|| ToolError::other("a row of the phone is not what its schema says"))
}

fn phone(row: &mut Row) -> Option<Phone> {
    Some(Phone {
        sim_card_status: row.word(Sim::of)?,
        sim_card_missing: row.flag()?,
        airplane_mode: row.flag()?,
        network_signal_strength: row.word(Signal::of)?,
        network_technology_connected: row.word(Technology::of)?,
        network_connection_status: row.word(Connection::of)?,
        battery_level: row.integer()?,
        data_enabled: row.flag()?,
        roaming_enabled: row.flag()?,
        network_mode_preference: row.word(Mode::of)?,
        wifi_enabled: row.flag()?,
        wifi_connected: row.flag()?,
        wifi_ssid: row.text(),
        wifi_signal_strength: row.word(Signal::of)?,
        wifi_calling_enabled: row.flag()?,
        wifi_calling_mms_over_wifi: row.flag()?,
        data_saver_mode: row.flag()?,
        vpn_enabled_setting: row.flag()?,
        vpn_connected: row.flag()?,
        apn: Settings {
            apn_name: row.word(ApnName::of)?,
            reset_at_reboot: row.flag()?,
            mms_apn: row.text(),
            mmsc_url: row.text(),
            mms_proxy: row.text(),
            mms_port: row.integer(),
        },
        vpn: vpn(row),
        vpn_profile: vpn(row)?,
        surroundings: Surroundings {
            name: row.text(),
            phone_number: row.text(),
            is_abroad: row.flag()?,
            roaming_allowed: row.flag()?,
            mobile_data_usage_exceeded: row.flag()?,
            line_active: row.flag()?,
            signals: std::array::from_fn(|_| row.word(Signal::of)),
        },
        quirks: row.flag()?,
    })
}

/// Three columns; the performance is NULL only where there is no row.
fn vpn(row: &mut Row) -> Option<Vpn> {
    let (server_address, protocol) = (row.text(), row.text());
    Some(Vpn { server_address, protocol, server_performance: row.word(Performance::of)? })
}

/// Values from left to right. What is NULL, or of another kind, is `None`.
struct Row(std::vec::IntoIter<Value>);

impl Row {
    fn text(&mut self) -> Option<String> {
        if let Some(Value::Text(text)) = self.0.next() { Some(text) } else { None }
    }

    fn integer(&mut self) -> Option<i64> {
        if let Some(Value::Integer(value)) = self.0.next() { Some(value) } else { None }
    }

    fn flag(&mut self) -> Option<bool> {
        self.integer().map(|value| value != 0)
    }

    fn word<T>(&mut self, of: fn(&str) -> Option<T>) -> Option<T> {
        of(&self.text()?)
    }
}

/// Writes what changed from `old` to `new`.
///
/// # Errors
/// When a statement fails.
pub(crate) fn write(db: &Database, old: &Phone, new: &Phone) -> Result<(), ToolError> {
    if old == new {
        return Ok(());
    }
    update(db, UPDATE_DEVICE, &device(old), &device(new))?;
    update(db, UPDATE_APN, &apn(&old.apn), &apn(&new.apn))?;
    update(db, UPDATE_VPN_PROFILE, &server(&old.vpn_profile), &server(&new.vpn_profile))?;
    update(db, UPDATE_SURROUNDINGS, &surroundings(&old.surroundings), &surroundings(&new.surroundings))?;
    if old.vpn != new.vpn {
        match &new.vpn {
            Some(vpn) => db.change(REPLACE_VPN, &server(vpn))?,
            None => db.change("DELETE FROM user_vpn", &[])?,
        };
    }
    Ok(())
}

fn update(db: &Database, sql: &str, old: &[Value], new: &[Value]) -> Result<(), ToolError> {
    if !old.iter().zip(new).all(|(old, new)| same(old, new)) {
        db.change(sql, new)?;
    }
    Ok(())
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Integer(one), Value::Integer(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => one == other,
        _ => false,
    }
}

fn device(phone: &Phone) -> [Value; 17] {
    [
        phone.sim_card_status.into(),
        phone.sim_card_missing.into(),
        phone.airplane_mode.into(),
        phone.network_signal_strength.into(),
        phone.network_technology_connected.into(),
        phone.network_connection_status.into(),
        phone.data_enabled.into(),
        phone.roaming_enabled.into(),
        phone.network_mode_preference.into(),
        phone.wifi_enabled.into(),
        phone.wifi_connected.into(),
        phone.wifi_ssid.clone().into(),
        phone.wifi_signal_strength.into(),
        phone.wifi_calling_enabled.into(),
        phone.wifi_calling_mms_over_wifi.into(),
        phone.data_saver_mode.into(),
        phone.vpn_connected.into(),
    ]
}

fn apn(apn: &Settings) -> [Value; 6] {
    [
        apn.apn_name.into(),
        apn.reset_at_reboot.into(),
        apn.mms_apn.clone().into(),
        apn.mmsc_url.clone().into(),
        apn.mms_proxy.clone().into(),
        apn.mms_port.into(),
    ]
}

fn server(vpn: &Vpn) -> [Value; 3] {
    [vpn.server_address.clone().into(), vpn.protocol.clone().into(), vpn.server_performance.into()]
}

fn surroundings(place: &Surroundings) -> [Value; 3] {
    [place.name.clone().into(), place.phone_number.clone().into(), place.is_abroad.into()]
}
