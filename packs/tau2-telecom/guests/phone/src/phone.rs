//! The phone: its state, and what follows from it. Nothing here touches the database.

use crate::apn::Settings;
use crate::python;
use crate::words::{ApnName, Connection, Mode, Performance, Signal, Sim, Technology};

/// Everything that the tables say of the phone and of where its user is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phone {
    pub(crate) sim_card_status: Sim,
    pub(crate) sim_card_missing: bool,
    pub(crate) airplane_mode: bool,
    pub(crate) network_signal_strength: Signal,
    pub(crate) network_technology_connected: Technology,
    pub(crate) network_connection_status: Connection,
    pub(crate) battery_level: i64,
    pub(crate) data_enabled: bool,
    pub(crate) roaming_enabled: bool,
    pub(crate) network_mode_preference: Mode,
    pub(crate) wifi_enabled: bool,
    pub(crate) wifi_connected: bool,
    pub(crate) wifi_ssid: Option<String>,
    pub(crate) wifi_signal_strength: Signal,
    pub(crate) wifi_calling_enabled: bool,
    pub(crate) wifi_calling_mms_over_wifi: bool,
    pub(crate) data_saver_mode: bool,
    pub(crate) vpn_enabled_setting: bool,
    pub(crate) vpn_connected: bool,
    pub(crate) apn: Settings,
    /// Details of the connection to a VPN, if there is one.
    pub(crate) vpn: Option<Vpn>,
    /// What a new connection to the VPN gets.
    pub(crate) vpn_profile: Vpn,
    pub(crate) surroundings: Surroundings,
    /// Whether upstream's defects are to be shown (README.md, "Quirks").
    pub(crate) quirks: bool,
}

/// A server of a VPN.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Vpn {
    pub(crate) server_address: Option<String>,
    pub(crate) protocol: Option<String>,
    pub(crate) server_performance: Performance,
}

/// What the phone cannot change: who has it, where, and what the carrier allows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surroundings {
    pub(crate) name: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) is_abroad: bool,
    pub(crate) roaming_allowed: bool,
    pub(crate) mobile_data_usage_exceeded: bool,
    pub(crate) line_active: bool,
    /// Signals of 2G, 3G, 4G and 5G; `None` where nothing is known.
    pub(crate) signals: [Option<Signal>; 4],
}

impl Surroundings {
    fn signal(&self, technology: Technology) -> Signal {
        let [g2, g3, g4, g5] = self.signals;
        let known = match technology {
            Technology::None => None,
            Technology::G2 => g2,
            Technology::G3 => g3,
            Technology::G4 => g4,
            Technology::G5 => g5,
        };
        known.unwrap_or(Signal::None)
    }
}

impl Phone {
    /// The state of the SIM card as the phone sees it.
    pub(crate) fn sim(&self) -> Sim {
        if self.sim_card_missing { Sim::Missing } else { self.sim_card_status }
    }

    /// Looks for a network: what the phone is connected to follows from its settings and surroundings. The phone does so
    /// only when something asks it to; a line that is suspended meanwhile does not show before.
    pub(crate) fn search(&mut self) {
        let off = self.airplane_mode || self.apn.apn_name == ApnName::Broken || !self.surroundings.line_active;
        if off || self.sim() != Sim::Active {
            self.network_connection_status = Connection::NoService;
            self.network_technology_connected = Technology::None;
            self.network_signal_strength = Signal::None;
            return;
        }
        let technology = match self.network_mode_preference {
            Mode::Prefer4gAnd5g if self.surroundings.signal(Technology::G5) != Signal::None => Technology::G5,
            Mode::Prefer4gAnd5g | Mode::Only4g => Technology::G4,
            Mode::Only3g => Technology::G3,
            Mode::Only2g => Technology::G2,
        };
        self.network_connection_status = Connection::Connected;
        self.network_technology_connected = technology;
        self.network_signal_strength = self.surroundings.signal(technology);
    }

    /// Whether mobile data gets through.
    pub(crate) fn data_works(&self) -> bool {
        let connected =
            !self.airplane_mode && self.network_signal_strength != Signal::None && self.network_connection_status != Connection::NoService;
        let roams = self.roaming_enabled && self.surroundings.roaming_allowed;
        let allowed = !self.surroundings.is_abroad || roams;
        connected && allowed && self.data_enabled && !self.surroundings.mobile_data_usage_exceeded
    }

    /// What a speed test measures, if data gets through.
    pub(crate) fn speed(&self) -> Option<Speed> {
        if !self.data_works() {
            return None;
        }
        let slow_vpn = self.vpn.as_ref().is_some_and(|vpn| vpn.server_performance == Performance::Poor);
        let mut factor = if self.vpn_connected && slow_vpn { 0.1 } else { 1.0 };
        if self.data_saver_mode {
            factor *= 0.2;
        }
        let (least, most) = match self.network_technology_connected {
            Technology::None => (0.0, 0.0),
            Technology::G2 => (0.1, 0.4),
            Technology::G3 => (1.0, 5.0),
            Technology::G4 => (10.0, 100.0),
            Technology::G5 => (50.0, 500.0),
        };
        let signal = match self.network_signal_strength {
            Signal::None => 0.0,
            Signal::Poor => 0.2,
            Signal::Fair => 0.5,
            Signal::Good => 0.8,
            Signal::Excellent => 1.0,
        };
        Some(Speed { mbps: python::round2((least + most) / 2.0 * signal * factor) })
    }

    /// Turns airplane mode on or off, and tells which it is now.
    pub(crate) fn toggle_airplane_mode(&mut self) -> bool {
        let off = self.airplane_mode;
        self.airplane_mode = !off;
        if !off {
            self.leave_wifi();
            self.disconnect_vpn();
        } else if self.wifi_enabled {
            self.leave_wifi();
        }
        self.search();
        self.airplane_mode
    }

    /// Drops the connection to a Wi-Fi network.
    pub(crate) fn leave_wifi(&mut self) {
        self.wifi_connected = false;
        self.wifi_ssid = None;
        self.wifi_signal_strength = Signal::None;
    }

    /// Connects to the VPN; false if it was connected.
    pub(crate) fn connect_vpn(&mut self) -> bool {
        let new = !self.vpn_connected;
        if new {
            self.vpn_connected = true;
            self.vpn = Some(self.vpn_profile.clone());
        }
        new
    }

    /// Leaves the VPN; false if it was not connected.
    pub(crate) fn disconnect_vpn(&mut self) -> bool {
        let was = self.vpn_connected;
        if was {
            self.vpn_connected = false;
            self.vpn = None;
        }
        was
    }

    /// What stands at the top of the screen.
    pub(crate) fn status_bar(&self) -> String {
        let mut shown = Vec::with_capacity(6);
        if self.airplane_mode {
            shown.push("✈️ Airplane Mode".to_owned());
        } else {
            let signal = match self.network_signal_strength {
                Signal::None => "📵 No Signal",
                Signal::Poor => "📶¹ Poor",
                Signal::Fair => "📶² Fair",
                Signal::Good => "📶³ Good",
                Signal::Excellent => "📶⁴ Excellent",
            };
            shown.push(signal.to_owned());
            let network = self.network_technology_connected;
            if network != Technology::None {
                shown.push(network.word().to_owned());
            }
            if self.data_enabled && network != Technology::None {
                shown.push("📱 Data Enabled".to_owned());
                if self.data_saver_mode {
                    shown.push("🔽 Data Saver".to_owned());
                }
            } else {
                shown.push("📵 Data Disabled".to_owned());
            }
        }
        if self.wifi_enabled && self.wifi_connected {
            shown.push(match self.wifi_ssid.as_deref() {
                Some(ssid) if !ssid.is_empty() => format!("📡 Connected to {ssid}"),
                _ => "📡 Enabled".to_owned(),
            });
        }
        if self.vpn_connected {
            shown.push("🔒 VPN Connected".to_owned());
        }
        shown.push(format!("🔋 {}%", self.battery_level));
        shown.join(" | ")
    }
}

/// What a speed test measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Speed {
    /// To two decimal places.
    pub(crate) mbps: f64,
}

impl Speed {
    /// The speed in a word, and what it is good for.
    pub(crate) fn verdict(self) -> (&'static str, &'static str) {
        match self.mbps {
            x if x < 1.0 => ("Very Poor", "Connection is very slow. Basic web browsing might be difficult."),
            x if x < 5.0 => ("Poor", "Connection is slow. Web browsing may be sluggish, streaming difficult."),
            x if x < 25.0 => ("Fair", "Connection is okay for web browsing and some standard definition streaming."),
            x if x < 100.0 => ("Good", "Connection is good for most activities, including HD streaming."),
            _ => ("Excellent", "Connection is very fast."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone() -> Phone {
        let vpn = Vpn { server_address: None, protocol: None, server_performance: Performance::Excellent };
        Phone {
            sim_card_status: Sim::Active,
            sim_card_missing: false,
            airplane_mode: false,
            network_signal_strength: Signal::Good,
            network_technology_connected: Technology::G5,
            network_connection_status: Connection::Connected,
            battery_level: 80,
            data_enabled: true,
            roaming_enabled: false,
            network_mode_preference: Mode::Prefer4gAnd5g,
            wifi_enabled: false,
            wifi_connected: false,
            wifi_ssid: None,
            wifi_signal_strength: Signal::None,
            wifi_calling_enabled: false,
            wifi_calling_mms_over_wifi: false,
            data_saver_mode: false,
            vpn_enabled_setting: false,
            vpn_connected: false,
            apn: Settings::default(),
            vpn: None,
            vpn_profile: vpn,
            surroundings: Surroundings {
                name: None,
                phone_number: None,
                is_abroad: false,
                roaming_allowed: false,
                mobile_data_usage_exceeded: false,
                line_active: true,
                signals: [Some(Signal::Poor), Some(Signal::Fair), None, Some(Signal::Excellent)],
            },
            quirks: true,
        }
    }

    #[test]
    fn a_search_goes_by_the_preference() {
        let mut phone = phone();
        for (mode, technology, signal) in [
            (Mode::Prefer4gAnd5g, Technology::G5, Signal::Excellent),
            (Mode::Only3g, Technology::G3, Signal::Fair),
            (Mode::Only2g, Technology::G2, Signal::Poor),
            (Mode::Only4g, Technology::G4, Signal::None),
        ] {
            phone.network_mode_preference = mode;
            phone.search();
            assert_eq!((phone.network_technology_connected, phone.network_signal_strength), (technology, signal));
        }
        phone.network_mode_preference = Mode::Prefer4gAnd5g;
        phone.surroundings.signals[3] = Some(Signal::None);
        phone.search();
        assert_eq!(phone.network_technology_connected, Technology::G4);
    }

    #[test]
    fn nothing_is_found_without_a_sim_card_a_line_or_a_good_apn() {
        let spoil: [fn(&mut Phone); 5] = [
            |phone| phone.sim_card_missing = true,
            |phone| phone.sim_card_status = Sim::LockedPuk,
            |phone| phone.airplane_mode = true,
            |phone| phone.apn.apn_name = ApnName::Broken,
            |phone| phone.surroundings.line_active = false,
        ];
        for spoil in spoil {
            let mut phone = phone();
            spoil(&mut phone);
            phone.search();
            assert_eq!(phone.network_connection_status, Connection::NoService);
            assert_eq!(phone.speed(), None);
        }
    }

    #[test]
    fn airplane_mode_drops_the_vpn() {
        let mut phone = phone();
        assert!(phone.connect_vpn() && !phone.connect_vpn());
        assert_eq!(phone.status_bar(), "📶³ Good | 5G | 📱 Data Enabled | 🔒 VPN Connected | 🔋 80%");
        assert!(phone.toggle_airplane_mode());
        assert_eq!((phone.vpn_connected, phone.vpn.as_ref()), (false, None));
        assert_eq!(phone.status_bar(), "✈️ Airplane Mode | 🔋 80%");
    }

    /// Each speed that can be measured, as Python gives it: 2G to 5G, by signal, plain, with a slow VPN, with data saver, with both.
    #[test]
    fn speeds_are_those_of_python() {
        let expected = [
            [[0.05, 0.01, 0.01, 0.0], [0.12, 0.01, 0.03, 0.0], [0.2, 0.02, 0.04, 0.0], [0.25, 0.03, 0.05, 0.01]],
            [[0.6, 0.06, 0.12, 0.01], [1.5, 0.15, 0.3, 0.03], [2.4, 0.24, 0.48, 0.05], [3.0, 0.3, 0.6, 0.06]],
            [[11.0, 1.1, 2.2, 0.22], [27.5, 2.75, 5.5, 0.55], [44.0, 4.4, 8.8, 0.88], [55.0, 5.5, 11.0, 1.1]],
            [[55.0, 5.5, 11.0, 1.1], [137.5, 13.75, 27.5, 2.75], [220.0, 22.0, 44.0, 4.4], [275.0, 27.5, 55.0, 5.5]],
        ];
        let mut phone = phone();
        phone.vpn = Some(Vpn { server_performance: Performance::Poor, ..phone.vpn_profile.clone() });
        for (technology, by_signal) in Technology::ALL[1..].iter().zip(expected) {
            for (signal, speeds) in Signal::ALL[1..].iter().zip(by_signal) {
                for (settings, mbps) in [(false, false), (true, false), (false, true), (true, true)].into_iter().zip(speeds) {
                    phone.network_technology_connected = *technology;
                    phone.network_signal_strength = *signal;
                    (phone.vpn_connected, phone.data_saver_mode) = settings;
                    assert_eq!(phone.speed(), Some(Speed { mbps }), "{technology:?} {signal:?} {settings:?}");
                }
            }
        }
    }
}
