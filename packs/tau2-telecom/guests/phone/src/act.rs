//! What the user can do with the phone. Most answers end with the status bar.

use crate::apn::Settings;
use crate::phone::Phone;
use crate::words::{Mode, Sim};
use crate::{ApnArgs, ModeArgs, Nothing, store};
use wardian_guest::{Database, ToolError};

type Text = Result<String, ToolError>;

/// Changes the phone and says what `act` says.
pub(crate) fn change(db: &Database, act: impl FnOnce(&mut Phone) -> String) -> Text {
    attempt(db, |phone| Ok(act(phone)))
}

/// As [`change`], for what can fail.
pub(crate) fn attempt(db: &Database, act: impl FnOnce(&mut Phone) -> Text) -> Text {
    let old = store::read(db)?;
    let mut phone = old.clone();
    let said = act(&mut phone)?;
    store::write(db, &old, &phone)?;
    Ok(said)
}

/// What is said, and the status bar below it.
pub(crate) fn with_bar(said: &str, phone: &Phone) -> String {
    format!("{said}\nStatus Bar: {}", phone.status_bar())
}

/// Says that a switch is on or off now.
fn switched(what: &str, on: bool, phone: &Phone) -> String {
    with_bar(&format!("{what} is now {}.", if on { "ON" } else { "OFF" }), phone)
}

pub(crate) fn set_network_mode_preference(db: &Database, args: ModeArgs) -> Text {
    change(db, |phone| {
        let Some(mode) = Mode::of(&args.mode) else {
            let known: Vec<_> = Mode::ALL.iter().map(|mode| mode.word()).collect();
            let said =
                format!("Failed to set network mode: '{}' is not a valid option. Please use one of: {}", args.mode, known.join(", "));
            return with_bar(&said, phone);
        };
        phone.network_mode_preference = mode;
        phone.search();
        with_bar(&format!("Preferred Network Mode set to: {}", mode.word()), phone)
    })
}

pub(crate) fn toggle_airplane_mode(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        let on = phone.toggle_airplane_mode();
        switched("Airplane Mode", on, phone)
    })
}

pub(crate) fn reseat_sim_card(db: &Database, _: Nothing) -> Text {
    attempt(db, |phone| {
        phone.sim_card_missing = false;
        phone.search();
        if phone.sim() == Sim::Missing {
            return Err(ToolError::conflict("there is no SIM card to re-seat"));
        }
        Ok(with_bar("SIM card re-seated successfully.", phone))
    })
}

pub(crate) fn toggle_data(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        phone.data_enabled = !phone.data_enabled;
        phone.search();
        switched("Mobile Data", phone.data_enabled, phone)
    })
}

pub(crate) fn toggle_roaming(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        phone.roaming_enabled = !phone.roaming_enabled;
        phone.search();
        switched("Data Roaming", phone.roaming_enabled, phone)
    })
}

pub(crate) fn toggle_data_saver_mode(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        phone.data_saver_mode = !phone.data_saver_mode;
        switched("Data Saver Mode", phone.data_saver_mode, phone)
    })
}

pub(crate) fn set_apn_settings(db: &Database, args: ApnArgs) -> Text {
    let settings = Settings::of(&args.apn_settings)?;
    change(db, |phone| {
        phone.apn = settings;
        phone.search();
        with_bar(&format!("APN settings set to: {}", phone.apn.apn_name.word()), phone)
    })
}

pub(crate) fn reset_apn_settings(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        phone.apn.reset_at_reboot = true;
        phone.search();
        with_bar("APN settings will reset at reboot.", phone)
    })
}

pub(crate) fn toggle_wifi(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        if phone.airplane_mode {
            return with_bar("Cannot change Wi-Fi settings while Airplane Mode is ON.", phone);
        }
        phone.wifi_enabled = !phone.wifi_enabled;
        if !phone.wifi_enabled {
            phone.leave_wifi();
        }
        switched("Wi-Fi", phone.wifi_enabled, phone)
    })
}

pub(crate) fn toggle_wifi_calling(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        phone.wifi_calling_enabled = !phone.wifi_calling_enabled;
        switched("Wi-Fi Calling", phone.wifi_calling_enabled, phone)
    })
}

pub(crate) fn connect_vpn(db: &Database, _: Nothing) -> Text {
    change(db, |phone| match phone.connect_vpn() {
        true => with_bar("VPN connected successfully.", phone),
        false => "VPN already connected.".to_owned(),
    })
}

pub(crate) fn disconnect_vpn(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        let said = if phone.disconnect_vpn() { "VPN disconnected successfully." } else { "No active VPN connection to disconnect." };
        with_bar(said, phone)
    })
}

pub(crate) fn reboot_device(db: &Database, _: Nothing) -> Text {
    change(db, |phone| {
        let mut said = String::new();
        if phone.apn.reset_at_reboot {
            said += "Resetting APN settings...\n";
            phone.apn = Settings::default();
        }
        said += "Restarting network services...";
        phone.search();
        with_bar(&said, phone)
    })
}
