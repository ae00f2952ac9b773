-- The tools of guests/phone, made by `wardian tool build` from its sources; change them there.

-- @tool check_status_bar
-- @doc Look at the status bar of your phone: signal, network, mobile data, Wi-Fi, VPN and battery.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @example as the phone comes
-- @call {}
-- @gives "Status Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
-- @changes nothing

-- @tool check_network_status
-- @doc See how your phone is connected: airplane mode, SIM card, cellular network, mobile data, roaming and Wi-Fi.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool check_network_mode_preference
-- @doc See which networks your phone prefers.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool set_network_mode_preference
-- @doc Choose which networks your phone prefers. Newer ones are faster and need more battery.
-- @params {"type":"object","properties":{"mode":{"type":"string","description":"`4g_5g_preferred`, `4g_only`, `3g_only` or `2g_only`."}},"required":["mode"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example a slower network
-- @call {"mode": "2g_only"}
-- @gives "Preferred Network Mode set to: 2g_only\nStatus Bar: 📶¹ Poor | 2G | 📱 Data Enabled | 🔋 80%"
-- @example no such mode, which is no error
-- @call {"mode": "6g"}
-- @gives "Failed to set network mode: '6g' is not a valid option. Please use one of: 4g_5g_preferred, 4g_only, 3g_only, 2g_only\nStatus Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
-- @changes nothing

-- @tool run_speed_test
-- @doc Measure how fast your mobile internet is, and what that is good for.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @example a slow VPN
-- @given break_vpn {}
-- @call {}
-- @gives "Speed Test Result: 22.00 Mbps (Fair). Connection is okay for web browsing and some standard definition streaming."

-- @tool toggle_airplane_mode
-- @doc Turn airplane mode on or off. While it is on, the phone has no connection of any kind.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example on
-- @call {}
-- @gives "Airplane Mode is now ON.\nStatus Bar: ✈️ Airplane Mode | 🔋 80%"
-- @changes
--   ~ user_device[1].airplane_mode: 0 → 1
--   ~ user_device[1].network_signal_strength: "good" → "none"
--   ~ user_device[1].network_technology_connected: "5G" → "none"
--   ~ user_device[1].network_connection_status: "connected" → "no_service"

-- @tool check_sim_status
-- @doc See whether your SIM card works, is missing, or is locked.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool reseat_sim_card
-- @doc Take your SIM card out and put it back in, which can help where the phone does not see it.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool toggle_data
-- @doc Turn mobile data on or off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool toggle_roaming
-- @doc Turn data roaming on or off. While it is on, the phone may use networks of other carriers abroad.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_data_restriction_status
-- @doc See whether something on your phone limits the use of data.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool toggle_data_saver_mode
-- @doc Turn data saver mode on or off. It saves data at the cost of speed.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_apn_settings
-- @doc See the name of the access point that your phone uses, and where it sends picture messages.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool set_apn_settings
-- @doc Change the settings of the access point. All that is not named goes back to its default.
-- @params {"type":"object","properties":{"apn_settings":{"anyOf":[{"type":"object","properties":{"apn_name":{"type":"string","enum":["internet","broken"],"default":"internet","description":"Which access point is used."},"reset_at_reboot":{"type":"boolean","default":false,"description":"Whether the next reboot brings the defaults back."},"mms_apn":{"type":["string","null"],"default":"mms","description":"The access point for picture messages."},"mmsc_url":{"type":["string","null"],"default":"http://mms.carrier.com/mms/wapenc","description":"Where picture messages are sent. Without it there are none."},"mms_proxy":{"type":["string","null"],"default":null,"description":"A proxy for picture messages."},"mms_port":{"type":["integer","null"],"default":null,"description":"The port of that proxy."}},"additionalProperties":false},{"type":"object","additionalProperties":true}],"description":"The new settings. What is left out gets the carrier's default."}},"required":["apn_settings"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example there is no such setting
-- @call {"apn_settings": {"apn": "internet"}}
-- @fails invalid "apn_settings: there is no setting apn"

-- @tool reset_apn_settings
-- @doc Have the settings of the access point set back to their defaults at the next reboot.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_wifi_status
-- @doc See whether Wi-Fi is on, and which network your phone is in.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool toggle_wifi
-- @doc Turn Wi-Fi on or off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_wifi_calling_status
-- @doc See whether your phone makes calls over Wi-Fi.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool toggle_wifi_calling
-- @doc Turn calls over Wi-Fi on or off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_vpn_status
-- @doc See whether your phone uses a VPN, and which.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @if quirks
-- @example a VPN that was broken is as slow when it is connected anew
-- @given break_vpn {}
-- @given disconnect_vpn {}
-- @given connect_vpn {}
-- @call {}
-- @gives "VPN is ON and connected. Details: {'server_address': '192.168.1.1', 'protocol': 'OpenVPN', 'server_performance': <PerformanceLevel.POOR: 'poor'>}"
-- @endif
-- @if !quirks
-- @example a VPN that was broken is as good as ever when it is connected anew
-- @given break_vpn {}
-- @given disconnect_vpn {}
-- @given connect_vpn {}
-- @call {}
-- @gives "VPN is ON and connected. Details: {'server_address': '192.168.1.1', 'protocol': 'OpenVPN', 'server_performance': 'excellent'}"
-- @endif

-- @tool connect_vpn
-- @doc Connect to your VPN.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool disconnect_vpn
-- @doc Leave the VPN.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user

-- @tool check_installed_apps
-- @doc See which apps are on your phone.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @example in the order of the phone
-- @call {}
-- @gives "The following apps are installed on the phone: messaging, browser"

-- @tool check_app_status
-- @doc See an app's status: the permissions that it has, one a line.
-- @params {"type":"object","properties":{"app_name":{"type":"string","description":"Name of the app, as `check_installed_apps` gives it."}},"required":["app_name"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool check_app_permissions
-- @doc See which permissions an app has.
-- @params {"type":"object","properties":{"app_name":{"type":"string","description":"Name of the app, as `check_installed_apps` gives it."}},"required":["app_name"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user

-- @tool grant_app_permission
-- @doc Give an app a permission.
-- @params {"type":"object","properties":{"app_name":{"type":"string","description":"Name of the app, as `check_installed_apps` gives it."},"permission":{"type":"string","description":"`sms`, `storage`, `phone` or `network`."}},"required":["app_name","permission"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example it was taken away
-- @given remove_app_permission {"app_name": "messaging", "permission": "sms"}
-- @call {"app_name": "messaging", "permission": "sms"}
-- @gives "Success. Permission 'sms' granted to app 'messaging'.\nStatus Bar: 📶³ Good | 5G | 📱 Data Enabled | 🔋 80%"
-- @changes
--   ~ user_apps["messaging"].sms: 0 → 1

-- @tool can_send_mms
-- @doc See whether your phone can send picture messages (MMS).
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @example nowhere to send them to
-- @given break_apn_mms_setting {}
-- @call {}
-- @gives "Your messaging app cannot send MMS messages."
-- @example the address is empty
-- @given set_apn_settings {"apn_settings": {"mmsc_url": ""}}
-- @call {}
-- @if quirks
-- @gives "Your messaging app can send MMS messages."
-- @endif
-- @if !quirks
-- @gives "Your messaging app cannot send MMS messages."
-- @endif

-- @tool reboot_device
-- @doc Restart your phone.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example what was broken is repaired
-- @given break_apn_settings {}
-- @given reset_apn_settings {}
-- @call {}
-- @gives "Resetting APN settings...\nRestarting network services...\nStatus Bar: 📶⁴ Excellent | 5G | 📱 Data Enabled | 🔋 80%"

-- @tool check_payment_request
-- @doc See whether you are asked to pay a bill.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @effect read
-- @role user
-- @example a bill that the agent sent
-- @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
-- @given send_payment_request {"customer_id": "C1001", "bill_id": "B1002"}
-- @call {}
-- @gives "You have a payment request for bill B1002 of 150.0 USD."

-- @tool make_payment
-- @doc Pay the bill that you are asked to pay.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role user
-- @example the bill is paid, and the request is gone
-- @given set_user_info {"name": "John Smith", "phone_number": "555-123-2002"}
-- @given send_payment_request {"customer_id": "C1001", "bill_id": "B1002"}
-- @call {}
-- @gives "Payment of 150.0 USD has been made for bill B1002."
-- @changes
--   ~ bills["B1002"].status: "Awaiting Payment" → "Paid"
--   - user_payment_request[1] {bill_id: "B1002", amount_due: 150.0, paid: 0}

-- @tool set_user_info
-- @doc Say who the user is, and what number the phone has.
-- @params {"type":"object","properties":{"name":{"type":"string"},"phone_number":{"type":"string"}},"required":["name","phone_number"],"additionalProperties":false}
-- @returns {"type":"null"}
-- @guest phone
-- @role setup

-- @tool set_user_location
-- @doc Say whether the user is abroad.
-- @params {"type":"object","properties":{"abroad":{"type":"boolean"}},"required":["abroad"],"additionalProperties":false}
-- @returns {"type":"null"}
-- @guest phone
-- @role setup

-- @tool simulate_network_search
-- @doc Have the phone look for a network.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"null"}
-- @guest phone
-- @role setup

-- @tool turn_airplane_mode_on
-- @doc Turn airplane mode on.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_airplane_mode_off
-- @doc Turn airplane mode off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool unseat_sim_card
-- @doc Take the SIM card out.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool lock_sim_card
-- @doc Lock the SIM card, which no tool undoes.
-- @params {"type":"object","properties":{"mode":{"type":"string","description":"`pin` or `puk`."}},"required":["mode"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup
-- @example with its PIN
-- @call {"mode": "pin"}
-- @gives "SIM card locked successfully in pin mode."
-- @example there is no such mode
-- @call {"mode": "pen"}
-- @if quirks
-- @gives "SIM card locked successfully in pen mode."
-- @endif
-- @if !quirks
-- @fails invalid "a SIM card is locked in pin or puk mode, not in pen mode"
-- @endif

-- @tool turn_data_on
-- @doc Turn mobile data on. The phone looks for no network.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_data_off
-- @doc Turn mobile data off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_roaming_on
-- @doc Turn data roaming on.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_roaming_off
-- @doc Turn data roaming off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_data_saver_mode_on
-- @doc Turn data saver mode on.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool turn_data_saver_mode_off
-- @doc Turn data saver mode off.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool break_apn_settings
-- @doc Use an access point that does not work.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool break_apn_mms_setting
-- @doc Lose the address for picture messages.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool set_wifi_calling
-- @doc Turn calls over Wi-Fi on or off, and picture messages over Wi-Fi too.
-- @params {"type":"object","properties":{"enabled":{"type":"boolean"},"mms_over_wifi":{"type":["boolean","null"],"description":"Whether picture messages may go over Wi-Fi; left as it is if absent."}},"required":["enabled"],"additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool break_vpn
-- @doc Connect to the VPN, over a server that is slow.
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"string"}
-- @guest phone
-- @role setup

-- @tool remove_app_permission
-- @doc Take a permission from an app.
-- @params {"type":"object","properties":{"app_name":{"type":"string","description":"Name of the app, as `check_installed_apps` gives it."},"permission":{"type":"string","description":"`sms`, `storage`, `phone` or `network`."}},"required":["app_name","permission"],"additionalProperties":false}
-- @returns {"type":"array","prefixItems":[{"type":"boolean"},{"type":"string"}],"minItems":2,"maxItems":2}
-- @guest phone
-- @role setup

-- @tool assert_airplane_mode_status
-- @doc Is airplane mode on, or off?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_service_status
-- @doc Is the phone connected like this?
-- @params {"type":"object","properties":{"expected_status":{"type":"string","description":"`connected`, `searching`, `no_service` or `emergency_only`."}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_mobile_data_status
-- @doc Does mobile data work?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_mobile_roaming_status
-- @doc Is data roaming on, or off?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_mobile_data_saver_mode_status
-- @doc Is data saver mode on, or off?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_internet_speed
-- @doc Is the mobile internet as fast as this, and called so?
-- @params {"type":"object","properties":{"expected_speed":{"type":"number","description":"In Mbps; no less will do."},"expected_desc":{"type":["string","null"],"description":"The word for the speed, such as `excellent`, if that is to be checked."}},"required":["expected_speed"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert
-- @example as the phone comes
-- @call {"expected_speed": 200, "expected_desc": "excellent"}
-- @gives true

-- @tool assert_internet_not_excellent
-- @doc Is the mobile internet anything but excellent?
-- @params {"type":"object","additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_can_send_mms
-- @doc Can picture messages be sent?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert

-- @tool assert_mobile_data_usage_exceeded
-- @doc Has the line used up its data?
-- @params {"type":"object","properties":{"expected_status":{"type":"boolean"}},"required":["expected_status"],"additionalProperties":false}
-- @returns {"type":"boolean"}
-- @guest phone
-- @effect read
-- @role assert
