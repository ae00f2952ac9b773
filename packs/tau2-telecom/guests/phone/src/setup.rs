//! What a task does before it begins: it says who the user is and where, and breaks things.

use crate::act::{attempt, change};
use crate::phone::Phone;
use crate::words::{ApnName, Performance, Sim};
use crate::{InfoArgs, LocationArgs, LockArgs, Nothing, WifiCallingArgs};
use wardian_guest::{Database, ToolError};

type Text = Result<String, ToolError>;
type Done = Result<(), ToolError>;

fn quietly(db: &Database, act: impl FnOnce(&mut Phone)) -> Done {
    change(db, |phone| {
        act(phone);
        String::new()
    })
    .map(drop)
}

fn saying(db: &Database, said: &str, act: impl FnOnce(&mut Phone)) -> Text {
    change(db, |phone| {
        act(phone);
        said.to_owned()
    })
}

pub(crate) fn set_user_info(db: &Database, args: InfoArgs) -> Done {
    quietly(db, |phone| {
        phone.surroundings.name = Some(args.name);
        phone.surroundings.phone_number = Some(args.phone_number);
    })
}

pub(crate) fn set_user_location(db: &Database, args: LocationArgs) -> Done {
    quietly(db, |phone| phone.surroundings.is_abroad = args.abroad)
}

pub(crate) fn simulate_network_search(db: &Database, _: Nothing) -> Done {
    quietly(db, Phone::search)
}

/// Upstream gets there by toggling, twice if need be. That drops the VPN even where the mode was on.
pub(crate) fn turn_airplane_mode_on(db: &Database, _: Nothing) -> Text {
    saying(db, "Airplane Mode is now ON.", |phone| while !phone.toggle_airplane_mode() {})
}

/// As [`turn_airplane_mode_on`].
pub(crate) fn turn_airplane_mode_off(db: &Database, _: Nothing) -> Text {
    saying(db, "Airplane Mode is now OFF.", |phone| while phone.toggle_airplane_mode() {})
}

pub(crate) fn unseat_sim_card(db: &Database, _: Nothing) -> Text {
    saying(db, "SIM card un-seated successfully.", |phone| {
        phone.sim_card_missing = true;
        phone.search();
    })
}

pub(crate) fn lock_sim_card(db: &Database, args: LockArgs) -> Text {
    attempt(db, |phone| {
        match args.mode.as_str() {
            "pin" => phone.sim_card_status = Sim::LockedPin,
            "puk" => phone.sim_card_status = Sim::LockedPuk,
            _ if phone.quirks => {}
            mode => return Err(ToolError::invalid(format!("a SIM card is locked in pin or puk mode, not in {mode} mode"))),
        }
        phone.search();
        Ok(format!("SIM card locked successfully in {} mode.", args.mode))
    })
}

/// The only switch here that makes the phone look for no network.
pub(crate) fn turn_data_on(db: &Database, _: Nothing) -> Text {
    saying(db, "Data connection restored.", |phone| phone.data_enabled = true)
}

pub(crate) fn turn_data_off(db: &Database, _: Nothing) -> Text {
    saying(db, "Data connection broken.", |phone| {
        phone.data_enabled = false;
        phone.search();
    })
}

pub(crate) fn turn_roaming_on(db: &Database, _: Nothing) -> Text {
    saying(db, "Data Roaming is now ON.", |phone| {
        phone.roaming_enabled = true;
        phone.search();
    })
}

pub(crate) fn turn_roaming_off(db: &Database, _: Nothing) -> Text {
    saying(db, "Data Roaming is now OFF.", |phone| {
        phone.roaming_enabled = false;
        phone.search();
    })
}

pub(crate) fn turn_data_saver_mode_on(db: &Database, _: Nothing) -> Text {
    saying(db, "Data Saver Mode is now ON.", |phone| phone.data_saver_mode = true)
}

pub(crate) fn turn_data_saver_mode_off(db: &Database, _: Nothing) -> Text {
    saying(db, "Data Saver Mode is now OFF.", |phone| phone.data_saver_mode = false)
}

pub(crate) fn break_apn_settings(db: &Database, _: Nothing) -> Text {
    saying(db, "APN settings broken. Please call reset_apn_settings() to fix.", |phone| {
        phone.apn.apn_name = ApnName::Broken;
        phone.search();
    })
}

pub(crate) fn break_apn_mms_setting(db: &Database, _: Nothing) -> Text {
    saying(db, "APN MMS setting broken. Please call reset_apn_settings() to fix.", |phone| phone.apn.mmsc_url = None)
}

pub(crate) fn set_wifi_calling(db: &Database, args: WifiCallingArgs) -> Text {
    let on_off = |on| if on { "ON" } else { "OFF" };
    change(db, |phone| {
        phone.wifi_calling_enabled = args.enabled;
        let mut said = format!("Wi-Fi Calling is now {}.", on_off(args.enabled));
        if let Some(over_wifi) = args.mms_over_wifi {
            phone.wifi_calling_mms_over_wifi = over_wifi;
            said += &format!("\nMMS over Wi-Fi is now {}.", on_off(over_wifi));
        }
        said
    })
}

/// Connects to the VPN if need be, and makes it slow. Upstream's connection *is* its profile of the VPN, which is slow from
/// then on: a connection that is made anew is as bad.
pub(crate) fn break_vpn(db: &Database, _: Nothing) -> Text {
    attempt(db, |phone| {
        phone.connect_vpn();
        let vpn = phone.vpn.as_mut().ok_or_else(|| ToolError::conflict("nothing is known of the VPN that is connected"))?;
        vpn.server_performance = Performance::Poor;
        if phone.quirks {
            phone.vpn_profile.server_performance = Performance::Poor;
        }
        Ok("VPN connection broken.".to_owned())
    })
}
