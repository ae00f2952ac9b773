//! The words of the phone's model: each a closed set, spelled as in the tables.

use serde::Deserialize;
use wardian_guest::Value;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($case:ident = $word:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
            pub(crate) enum $name {
                $(#[serde(rename = $word)] #[doc = concat!("`", $word, "`")] $case,)+
            }

            impl $name {
                /// Every word of the set, in order.
                pub(crate) const ALL: &[Self] = &[$(Self::$case),+];

                /// How it is spelled.
                pub(crate) fn word(self) -> &'static str {
                    match self { $(Self::$case => $word,)+ }
                }

                /// The case that is spelled so.
                pub(crate) fn of(word: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|case| case.word() == word)
                }
            }

            impl From<$name> for Value {
                fn from(case: $name) -> Self {
                    case.word().into()
                }
            }
        )+
    };
}

words! {
    /// What the phone can tell about its SIM card.
    Sim { Active = "active", Missing = "missing", LockedPin = "locked_pin", LockedPuk = "locked_puk", }

    /// A generation of cellular networks.
    Technology { None = "none", G2 = "2G", G3 = "3G", G4 = "4G", G5 = "5G", }

    /// Which networks the user wants.
    Mode { Prefer4gAnd5g = "4g_5g_preferred", Only4g = "4g_only", Only3g = "3g_only", Only2g = "2g_only", }

    /// Bars of a cellular or Wi-Fi signal.
    Signal { None = "none", Poor = "poor", Fair = "fair", Good = "good", Excellent = "excellent", }

    /// How fast a VPN server is.
    Performance { Unknown = "unknown", Poor = "poor", Fair = "fair", Good = "good", Excellent = "excellent", }

    /// The phone's connection to a cellular network.
    Connection { Connected = "connected", Searching = "searching", NoService = "no_service", EmergencyOnly = "emergency_only", }

    /// The access points that the phone knows: the working one, and a wrong one.
    ApnName { Internet = "internet", Broken = "broken", }
}

impl Performance {
    /// The name of the case in upstream's code, which the text of `check_vpn_status` shows.
    pub(crate) fn constant(self) -> String {
        self.word().to_ascii_uppercase()
    }
}
