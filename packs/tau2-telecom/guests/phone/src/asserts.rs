//! What a task asks of the phone in the end.

use crate::words::Connection;
use crate::{Nothing, ServiceArgs, SpeedArgs, StatusArgs, look, store};
use wardian_guest::{Database, ToolError};

type Answer = Result<bool, ToolError>;

pub(crate) fn assert_airplane_mode_status(db: &Database, args: StatusArgs) -> Answer {
    Ok(store::read(db)?.airplane_mode == args.expected_status)
}

pub(crate) fn assert_service_status(db: &Database, args: ServiceArgs) -> Answer {
    let expected = Connection::of(&args.expected_status)
        .ok_or_else(|| ToolError::invalid(format!("'{}' is not a valid NetworkStatus", args.expected_status)))?;
    Ok(store::read(db)?.network_connection_status == expected)
}

pub(crate) fn assert_mobile_data_status(db: &Database, args: StatusArgs) -> Answer {
    Ok(store::read(db)?.data_works() == args.expected_status)
}

pub(crate) fn assert_mobile_roaming_status(db: &Database, args: StatusArgs) -> Answer {
    Ok(store::read(db)?.roaming_enabled == args.expected_status)
}

pub(crate) fn assert_mobile_data_saver_mode_status(db: &Database, args: StatusArgs) -> Answer {
    Ok(store::read(db)?.data_saver_mode == args.expected_status)
}

/// What a speed test says, also where there is no connection.
fn measured(db: &Database) -> Result<(f64, &'static str), ToolError> {
    let speed = store::read(db)?.speed();
    Ok(speed.map_or((0.0, "No Connection"), |speed| (speed.mbps, speed.verdict().0)))
}

pub(crate) fn assert_internet_speed(db: &Database, args: SpeedArgs) -> Answer {
    let (mbps, word) = measured(db)?;
    let as_expected = args.expected_desc.is_none_or(|expected| expected.to_lowercase() == word.to_lowercase());
    Ok(mbps >= args.expected_speed && as_expected)
}

pub(crate) fn assert_internet_not_excellent(db: &Database, _: Nothing) -> Answer {
    Ok(measured(db)?.1 != "Excellent")
}

pub(crate) fn assert_can_send_mms(db: &Database, args: StatusArgs) -> Answer {
    Ok(look::mms_works(db, &store::read(db)?)? == args.expected_status)
}

pub(crate) fn assert_mobile_data_usage_exceeded(db: &Database, args: StatusArgs) -> Answer {
    Ok(store::read(db)?.surroundings.mobile_data_usage_exceeded == args.expected_status)
}
