//! The phone of a telecom customer, from τ²-bench: what its user sees of it, does with it, and what tasks break.
//!
//! The model is plain Rust (`Phone`); a tool reads the phone from its tables, applies the model and writes back what changed.
//! What follows from the carrier's side, such as a suspended line, comes into the tables by `sync` in `tools/sync.sql`.

mod act;
mod apn;
mod apps;
mod asserts;
mod look;
mod phone;
mod python;
mod setup;
mod store;
mod words;

use act::*;
use apps::*;
use asserts::*;
use look::*;
use setup::*;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
struct ModeArgs {
    /// `4g_5g_preferred`, `4g_only`, `3g_only` or `2g_only`.
    mode: String,
}

#[derive(Deserialize, JsonSchema)]
struct ApnArgs {
    /// The new settings. What is left out gets the carrier's default.
    #[schemars(schema_with = "apn_schema")]
    apn_settings: Map<String, Value>,
}

/// Upstream's: the settings by name, or any object, which is then read leniently.
fn apn_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "apn_name": {"type": "string", "enum": ["internet", "broken"], "default": "internet", "description": "Which access point is used."},
                    "reset_at_reboot": {"type": "boolean", "default": false, "description": "Whether the next reboot brings the defaults back."},
                    "mms_apn": {"type": ["string", "null"], "default": "mms", "description": "The access point for picture messages."},
                    "mmsc_url": {"type": ["string", "null"], "default": "http://mms.carrier.com/mms/wapenc", "description": "Where picture messages are sent. Without it there are none."},
                    "mms_proxy": {"type": ["string", "null"], "default": null, "description": "A proxy for picture messages."},
                    "mms_port": {"type": ["integer", "null"], "default": null, "description": "The port of that proxy."}
                },
                "additionalProperties": false
            },
            {"type": "object", "additionalProperties": true}
        ]
    })
}

#[derive(Deserialize, JsonSchema)]
struct AppArgs {
    /// Name of the app, as `check_installed_apps` gives it.
    app_name: String,
}

#[derive(Deserialize, JsonSchema)]
struct PermissionArgs {
    /// Name of the app, as `check_installed_apps` gives it.
    app_name: String,
    /// `sms`, `storage`, `phone` or `network`.
    permission: String,
}

#[derive(Deserialize, JsonSchema)]
struct InfoArgs {
    name: String,
    phone_number: String,
}

#[derive(Deserialize, JsonSchema)]
struct LocationArgs {
    abroad: bool,
}

#[derive(Deserialize, JsonSchema)]
struct LockArgs {
    /// `pin` or `puk`.
    mode: String,
}

#[derive(Deserialize, JsonSchema)]
struct WifiCallingArgs {
    enabled: bool,
    /// Whether picture messages may go over Wi-Fi; left as it is if absent.
    mms_over_wifi: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
struct StatusArgs {
    expected_status: bool,
}

#[derive(Deserialize, JsonSchema)]
struct ServiceArgs {
    /// `connected`, `searching`, `no_service` or `emergency_only`.
    expected_status: String,
}

#[derive(Deserialize, JsonSchema)]
struct SpeedArgs {
    /// In Mbps; no less will do.
    expected_speed: f64,
    /// The word for the speed, such as `excellent`, if that is to be checked.
    expected_desc: Option<String>,
}

wardian_guest::tools! {
    guest "phone";

    /// Look at the status bar of your phone: signal, network, mobile data, Wi-Fi, VPN and battery.
    ///
    /// @role user
    /// @example as the phone comes
    /// @call {}
    /// @gives "Status Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
    /// @changes nothing
    read check_status_bar;

    /// See how your phone is connected: airplane mode, SIM card, cellular network, mobile data, roaming and Wi-Fi.
    ///
    /// @role user
    read check_network_status;

    /// See which networks your phone prefers.
    ///
    /// @role user
    read check_network_mode_preference;

    /// Choose which networks your phone prefers. Newer ones are faster and need more battery.
    ///
    /// @role user
    /// @example a slower network
    /// @call {"mode": "2g_only"}
    /// @gives "Preferred Network Mode set to: 2g_only\nStatus Bar: 📶¹ Poor | 2G | 📱 Data Enabled | 🔋 80%"
    /// @example no such mode, which is no error
    /// @call {"mode": "6g"}
    /// @gives "Failed to set network mode: '6g' is not a valid option. Please use one of: 4g_5g_preferred, 4g_only, 3g_only, 2g_only\nStatus Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
    /// @changes nothing
    write set_network_mode_preference;

    /// Measure how fast your mobile internet is, and what that is good for.
    ///
    /// @role user
    /// @example a slow VPN
    /// @given break_vpn {}
    /// @call {}
    /// @gives "Speed Test Result: 22.00 Mbps (Fair). Connection is okay for web browsing and some standard definition streaming."
    read run_speed_test;

    /// Turn airplane mode on or off. While it is on, the phone has no connection of any kind.
    ///
    /// @role user
    /// @example on
    /// @call {}
    /// @gives "Airplane Mode is now ON.\nStatus Bar: ✈️ Airplane Mode | 🔋 80%"
    /// @changes
    ///   ~ user_device[1].airplane_mode: 0 → 1
    ///   ~ user_device[1].network_signal_strength: "good" → "none"
    ///   ~ user_device[1].network_technology_connected: "5G" → "none"
    ///   ~ user_device[1].network_connection_status: "connected" → "no_service"
    write toggle_airplane_mode;

    /// See whether your SIM card works, is missing, or is locked.
    ///
    /// @role user
    read check_sim_status;

    /// Take your SIM card out and put it back in, which can help where the phone does not see it.
    ///
    /// @role user
    write reseat_sim_card;

    /// Turn mobile data on or off.
    ///
    /// @role user
    write toggle_data;

    /// Turn data roaming on or off. While it is on, the phone may use networks of other carriers abroad.
    ///
    /// @role user
    write toggle_roaming;

    /// See whether something on your phone limits the use of data.
    ///
    /// @role user
    read check_data_restriction_status;

    /// Turn data saver mode on or off. It saves data at the cost of speed.
    ///
    /// @role user
    write toggle_data_saver_mode;

    /// See the name of the access point that your phone uses, and where it sends picture messages.
    ///
    /// @role user
    read check_apn_settings;

    /// Change the settings of the access point. All that is not named goes back to its default.
    ///
    /// @role user
    /// @example there is no such setting
    /// @call {"apn_settings": {"apn": "internet"}}
    /// @fails invalid "apn_settings: there is no setting apn"
    write set_apn_settings;

    /// Have the settings of the access point set back to their defaults at the next reboot.
    ///
    /// @role user
    write reset_apn_settings;

    /// See whether Wi-Fi is on, and which network your phone is in.
    ///
    /// @role user
    read check_wifi_status;

    /// Turn Wi-Fi on or off.
    ///
    /// @role user
    write toggle_wifi;

    /// See whether your phone makes calls over Wi-Fi.
    ///
    /// @role user
    read check_wifi_calling_status;

    /// Turn calls over Wi-Fi on or off.
    ///
    /// @role user
    write toggle_wifi_calling;

    /// See whether your phone uses a VPN, and which.
    ///
    /// @role user
    /// @if quirks
    /// @example a VPN that was broken is as slow when it is connected anew
    /// @given break_vpn {}
    /// @given disconnect_vpn {}
    /// @given connect_vpn {}
    /// @call {}
    /// @gives "VPN is ON and connected. Details: {'server_address': '192.168.1.1', 'protocol': 'OpenVPN', 'server_performance': <PerformanceLevel.POOR: 'poor'>}"
    /// @endif
    /// @if !quirks
    /// @example a VPN that was broken is as good as ever when it is connected anew
    /// @given break_vpn {}
    /// @given disconnect_vpn {}
    /// @given connect_vpn {}
    /// @call {}
    /// @gives "VPN is ON and connected. Details: {'server_address': '192.168.1.1', 'protocol': 'OpenVPN', 'server_performance': 'excellent'}"
    /// @endif
    read check_vpn_status;

    /// Connect to your VPN.
    ///
    /// @role user
    write connect_vpn;

    /// Leave the VPN.
    ///
    /// @role user
    write disconnect_vpn;

    /// See which apps are on your phone.
    ///
    /// @role user
    /// @example in the order of the phone
    /// @call {}
    /// @gives "The following apps are installed on the phone: messaging, browser"
    read check_installed_apps;

    /// See an app's status: the permissions that it has, one a line.
    ///
    /// @role user
    read check_app_status;

    /// See which permissions an app has.
    ///
    /// @role user
    read check_app_permissions;

    /// Give an app a permission.
    ///
    /// @role user
    /// @example it was taken away
    /// @given remove_app_permission {"app_name": "messaging", "permission": "sms"}
    /// @call {"app_name": "messaging", "permission": "sms"}
    /// @gives "Success. Permission 'sms' granted to app 'messaging'.\nStatus Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
    /// @changes
    ///   ~ user_apps["messaging"].sms: 0 → 1
    write grant_app_permission;

    /// See whether your phone can send picture messages (MMS).
    ///
    /// @role user
    /// @example nowhere to send them to
    /// @given break_apn_mms_setting {}
    /// @call {}
    /// @gives "Your messaging app cannot send MMS messages."
    /// @example the address is empty
    /// @given set_apn_settings {"apn_settings": {"mmsc_url": ""}}
    /// @call {}
    /// @if quirks
    /// @gives "Your messaging app can send MMS messages."
    /// @endif
    /// @if !quirks
    /// @gives "Your messaging app cannot send MMS messages."
    /// @endif
    read can_send_mms;

    /// Restart your phone.
    ///
    /// @role user
    /// @example what was broken is repaired
    /// @given break_apn_settings {}
    /// @given reset_apn_settings {}
    /// @call {}
    /// @gives "Resetting APN settings...\nRestarting network services...\nStatus Bar: 📶⁴ Excellent | 5G | 📱 Data Enabled | 🔋 80%"
    write reboot_device;

    /// See whether you are asked to pay a bill.
    ///
    /// @role user
    /// @example a bill that the agent sent
    /// @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
    /// @given send_payment_request {"customer_id": "C1001", "bill_id": "B1002"}
    /// @call {}
    /// @gives "You have a payment request for bill B1002 of 150.0 USD."
    read check_payment_request;

    /// Pay the bill that you are asked to pay.
    ///
    /// @role user
    /// @example the bill is paid, and the request is gone
    /// @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
    /// @given send_payment_request {"customer_id": "C1001", "bill_id": "B1002"}
    /// @call {}
    /// @gives "Payment of 150.0 USD has been made for bill B1002."
    /// @changes
    ///   ~ bills["B1002"].status: "Awaiting Payment" → "Paid"
    ///   - user_payment_request[1] {bill_id: "B1002", amount_due: 150.0, paid: 0}
    write make_payment;

    /// Say who the user is, and what number the phone has.
    ///
    /// @role setup
    write set_user_info;

    /// Say whether the user is abroad.
    ///
    /// @role setup
    write set_user_location;

    /// Have the phone look for a network.
    ///
    /// @role setup
    write simulate_network_search;

    /// Turn airplane mode on.
    ///
    /// @role setup
    write turn_airplane_mode_on;

    /// Turn airplane mode off.
    ///
    /// @role setup
    write turn_airplane_mode_off;

    /// Take the SIM card out.
    ///
    /// @role setup
    write unseat_sim_card;

    /// Lock the SIM card, which no tool undoes.
    ///
    /// @role setup
    /// @example with its PIN
    /// @call {"mode": "pin"}
    /// @gives "SIM card locked successfully in pin mode."
    /// @example there is no such mode
    /// @call {"mode": "pen"}
    /// @if quirks
    /// @gives "SIM card locked successfully in pen mode."
    /// @endif
    /// @if !quirks
    /// @fails invalid "a SIM card is locked in pin or puk mode, not in pen mode"
    /// @endif
    write lock_sim_card;

    /// Turn mobile data on. The phone looks for no network.
    ///
    /// @role setup
    write turn_data_on;

    /// Turn mobile data off.
    ///
    /// @role setup
    write turn_data_off;

    /// Turn data roaming on.
    ///
    /// @role setup
    write turn_roaming_on;

    /// Turn data roaming off.
    ///
    /// @role setup
    write turn_roaming_off;

    /// Turn data saver mode on.
    ///
    /// @role setup
    write turn_data_saver_mode_on;

    /// Turn data saver mode off.
    ///
    /// @role setup
    write turn_data_saver_mode_off;

    /// Use an access point that does not work.
    ///
    /// @role setup
    write break_apn_settings;

    /// Lose the address for picture messages.
    ///
    /// @role setup
    write break_apn_mms_setting;

    /// Turn calls over Wi-Fi on or off, and picture messages over Wi-Fi too.
    ///
    /// @role setup
    write set_wifi_calling;

    /// Connect to the VPN, over a server that is slow.
    ///
    /// @role setup
    write break_vpn;

    /// Take a permission from an app.
    ///
    /// @role setup
    write remove_app_permission;

    /// Is airplane mode on, or off?
    ///
    /// @role assert
    read assert_airplane_mode_status;

    /// Is the phone connected like this?
    ///
    /// @role assert
    read assert_service_status;

    /// Does mobile data work?
    ///
    /// @role assert
    read assert_mobile_data_status;

    /// Is data roaming on, or off?
    ///
    /// @role assert
    read assert_mobile_roaming_status;

    /// Is data saver mode on, or off?
    ///
    /// @role assert
    read assert_mobile_data_saver_mode_status;

    /// Is the mobile internet as fast as this, and called so?
    ///
    /// @role assert
    /// @example as the phone comes
    /// @call {"expected_speed": 200, "expected_desc": "excellent"}
    /// @gives true
    read assert_internet_speed;

    /// Is the mobile internet anything but excellent?
    ///
    /// @role assert
    read assert_internet_not_excellent;

    /// Can picture messages be sent?
    ///
    /// @role assert
    read assert_can_send_mms;

    /// Has the line used up its data?
    ///
    /// @role assert
    read assert_mobile_data_usage_exceeded;
}
