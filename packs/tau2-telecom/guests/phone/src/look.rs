//! What the user can look at. None of these changes anything.

use crate::phone::{Phone, Vpn};
use crate::words::{Sim, Technology};
use crate::{Nothing, python, store};
use wardian_guest::{Database, ToolError, params};

type Text = Result<String, ToolError>;

fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}

pub(crate) fn check_status_bar(db: &Database, _: Nothing) -> Text {
    Ok(format!("Status Bar: {}", store::read(db)?.status_bar()))
}

pub(crate) fn check_network_status(db: &Database, _: Nothing) -> Text {
    let phone = store::read(db)?;
    let mut lines = vec![
        format!("Airplane Mode: {}", on_off(phone.airplane_mode)),
        format!("SIM Card Status: {}", phone.sim().word()),
        format!("Cellular Connection: {}", phone.network_connection_status.word()),
        format!("Cellular Signal: {}", phone.network_signal_strength.word()),
        format!("Cellular Network Type: {}", phone.network_technology_connected.word()),
        format!("Mobile Data Enabled: {}", yes_no(phone.data_enabled)),
        format!("Data Roaming Enabled: {}", yes_no(phone.roaming_enabled)),
        format!("Wi-Fi Radio: {}", on_off(phone.wifi_enabled)),
        format!("Wi-Fi Connected: {}", yes_no(phone.wifi_connected)),
    ];
    if phone.wifi_connected {
        lines.push(format!("Connected Wi-Fi Network: {}", or_none(phone.wifi_ssid.as_deref())));
    }
    Ok(lines.join("\n"))
}

pub(crate) fn check_network_mode_preference(db: &Database, _: Nothing) -> Text {
    Ok(format!("Network Mode Preference: {}", store::read(db)?.network_mode_preference.word()))
}

pub(crate) fn run_speed_test(db: &Database, _: Nothing) -> Text {
    let Some(speed) = store::read(db)?.speed() else {
        return Ok("Speed test failed: No Connection.".to_owned());
    };
    let (word, advice) = speed.verdict();
    Ok(format!("Speed Test Result: {:.2} Mbps ({word}). {advice}", speed.mbps))
}

pub(crate) fn check_sim_status(db: &Database, _: Nothing) -> Text {
    let text = match store::read(db)?.sim() {
        Sim::Active => "Your SIM card is active and working.",
        Sim::Missing => "No SIM card detected in the phone.",
        Sim::LockedPin => "The SIM card is locked with a PIN code.",
        Sim::LockedPuk => "The SIM card is locked with a PUK code.",
    };
    Ok(text.to_owned())
}

pub(crate) fn check_data_restriction_status(db: &Database, _: Nothing) -> Text {
    let text = if store::read(db)?.data_saver_mode { "Data Saver mode is ON (limits data usage)." } else { "Data Saver mode is OFF." };
    Ok(text.to_owned())
}

pub(crate) fn check_apn_settings(db: &Database, _: Nothing) -> Text {
    let apn = store::read(db)?.apn;
    let url = apn.mmsc_url.as_deref().filter(|url| !url.is_empty()).unwrap_or("Not Set");
    Ok(format!(
        "Current APN Name: {}\nMMSC URL (for picture messages): {url}\n(These are technical settings, usually best left unchanged.)",
        apn.apn_name.word()
    ))
}

pub(crate) fn check_wifi_status(db: &Database, _: Nothing) -> Text {
    let phone = store::read(db)?;
    Ok(match (phone.wifi_enabled, phone.wifi_connected) {
        (false, _) => "Wi-Fi is turned OFF.".to_owned(),
        (true, false) => "Wi-Fi is ON but not connected to any network.".to_owned(),
        (true, true) => format!(
            "Wi-Fi is ON and connected to '{}'. Signal strength: {}.",
            or_none(phone.wifi_ssid.as_deref()),
            phone.wifi_signal_strength.word()
        ),
    })
}

pub(crate) fn check_wifi_calling_status(db: &Database, _: Nothing) -> Text {
    Ok(format!("Wi-Fi Calling is currently turned {}.", on_off(store::read(db)?.wifi_calling_enabled)))
}

pub(crate) fn check_vpn_status(db: &Database, _: Nothing) -> Text {
    let phone = store::read(db)?;
    Ok(match (&phone.vpn, phone.vpn_connected, phone.vpn_enabled_setting) {
        (Some(vpn), true, _) => format!("VPN is ON and connected. Details: {}", details(vpn, phone.quirks)),
        (None, true, _) => "VPN is ON and connected (no specific details available).".to_owned(),
        (_, false, true) => "VPN is turned ON in settings, but currently not connected.".to_owned(),
        (_, false, false) => "VPN is turned OFF.".to_owned(),
    })
}

/// A dictionary as Python prints it. Upstream leaves a constant of its code in it.
fn details(vpn: &Vpn, quirks: bool) -> String {
    let quoted = |text: &Option<String>| text.as_ref().map_or_else(|| "None".to_owned(), |text| format!("'{text}'"));
    let word = vpn.server_performance.word();
    let performance =
        if quirks { format!("<PerformanceLevel.{}: '{word}'>", vpn.server_performance.constant()) } else { format!("'{word}'") };
    format!(
        "{{'server_address': {}, 'protocol': {}, 'server_performance': {performance}}}",
        quoted(&vpn.server_address),
        quoted(&vpn.protocol)
    )
}

/// What Python prints for an absent text is `None`.
fn or_none(text: Option<&str>) -> &str {
    text.unwrap_or("None")
}

pub(crate) fn can_send_mms(db: &Database, _: Nothing) -> Text {
    let can = if mms_works(db, &store::read(db)?)? { "can" } else { "cannot" };
    Ok(format!("Your messaging app {can} send MMS messages."))
}

/// Whether picture messages can be sent: over mobile data of 3G or better, with an address to send them to, by an app that may.
pub(crate) fn mms_works(db: &Database, phone: &Phone) -> Result<bool, ToolError> {
    // The carrier takes no picture messages over Wi-Fi, whatever the phone would do.
    let over_wifi = phone.wifi_calling_enabled && phone.wifi_calling_mms_over_wifi;
    let address = phone.apn.mmsc_url.as_ref().is_some_and(|url| phone.quirks || !url.is_empty());
    if !phone.data_works() || phone.network_technology_connected == Technology::G2 || over_wifi || !address {
        return Ok(false);
    }
    let allowed = db.first("SELECT storage AND sms FROM user_apps WHERE app_name = 'messaging'", &[])?;
    Ok(allowed.unwrap_or(false))
}

/// The bill that the user is asked to pay, and how much that is.
fn payment_request(db: &Database) -> Result<Option<(String, f64)>, ToolError> {
    db.first("SELECT bill_id, amount_due FROM user_payment_request", &[])
}

pub(crate) fn check_payment_request(db: &Database, _: Nothing) -> Text {
    Ok(match payment_request(db)? {
        Some((bill, amount)) => format!("You have a payment request for bill {bill} of {} USD.", python::repr(amount)),
        None => "No payment request has been made.".to_owned(),
    })
}

/// Marks the request as paid; what follows the call settles the bill.
pub(crate) fn make_payment(db: &Database, _: Nothing) -> Text {
    let Some((bill, amount)) = payment_request(db)? else {
        return Ok("You do not have a payment request.".to_owned());
    };
    db.change("UPDATE user_payment_request SET paid = 1 WHERE bill_id = ?1", params![&bill])?;
    Ok(format!("Payment of {} USD has been made for bill {bill}.", python::repr(amount)))
}
