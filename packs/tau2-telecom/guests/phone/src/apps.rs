//! The apps on the phone and what they may do.

use crate::{AppArgs, Nothing, PermissionArgs, act, store};
use wardian_guest::{Database, ToolError, params};

type Text = Result<String, ToolError>;

/// The permissions that the phone keeps track of; columns of `user_apps`.
const PERMISSIONS: [&str; 4] = ["sms", "storage", "phone", "network"];

/// Which of [`PERMISSIONS`] an app has, if there is such an app.
fn granted(db: &Database, app: &str) -> Result<Option<Vec<&'static str>>, ToolError> {
    let sql = "SELECT sms, storage, phone, network FROM user_apps WHERE app_name = ?1";
    let flags: Option<(bool, bool, bool, bool)> = db.first(sql, params![app])?;
    Ok(flags.map(|(sms, storage, phone, network)| {
        PERMISSIONS.into_iter().zip([sms, storage, phone, network]).filter_map(|(name, has)| has.then_some(name)).collect()
    }))
}

/// Grants or removes a permission. `Err` holds what is wrong with its name, and is no tool error.
fn set(db: &Database, app: &str, permission: &str, has: bool) -> Result<Result<(), Missing>, ToolError> {
    let sql = match permission {
        "sms" => "UPDATE user_apps SET sms = ?1 WHERE app_name = ?2",
        "storage" => "UPDATE user_apps SET storage = ?1 WHERE app_name = ?2",
        "phone" => "UPDATE user_apps SET phone = ?1 WHERE app_name = ?2",
        "network" => "UPDATE user_apps SET network = ?1 WHERE app_name = ?2",
        _ => return Ok(Err(if granted(db, app)?.is_some() { Missing::Permission } else { Missing::App })),
    };
    Ok(if db.change(sql, params![has, app])? == 0 { Err(Missing::App) } else { Ok(()) })
}

enum Missing {
    App,
    Permission,
}

pub(crate) fn check_installed_apps(db: &Database, _: Nothing) -> Text {
    let names: Vec<String> = db.rows("SELECT app_name FROM user_apps ORDER BY position", &[])?;
    Ok(format!("The following apps are installed on the phone: {}", names.join(", ")))
}

pub(crate) fn check_app_status(db: &Database, args: AppArgs) -> Text {
    let name = args.app_name;
    Ok(match granted(db, &name)? {
        None => format!("App '{name}' not found on this phone."),
        Some(list) if list.is_empty() => format!("Status for App: {name}\n - Permissions: None granted."),
        Some(list) => format!("Status for App: {name}\n - Permissions Granted:\n   - {}", list.join("\n   - ")),
    })
}

pub(crate) fn check_app_permissions(db: &Database, args: AppArgs) -> Text {
    let name = args.app_name;
    Ok(match granted(db, &name)? {
        None => format!("App '{name}' not found on this phone."),
        Some(list) if list.is_empty() => format!("App '{name}' currently has no permissions granted."),
        Some(list) => format!("App '{name}' has permission for: {}.", list.join(", ")),
    })
}

pub(crate) fn grant_app_permission(db: &Database, args: PermissionArgs) -> Text {
    let (app, permission) = (args.app_name, args.permission.to_lowercase());
    let said = match set(db, &app, &permission, true)? {
        Ok(()) => format!("Success. Permission '{permission}' granted to app '{app}'."),
        Err(Missing::App) => format!("Error. App '{app}' not found. Cannot grant permission."),
        Err(Missing::Permission) => {
            let known = PERMISSIONS.map(|name| format!("'{name}'")).join(", ");
            format!("Error. Permission '{permission}' not tracked for app '{app}', available permissions: [{known}]")
        }
    };
    Ok(act::with_bar(&said, &store::read(db)?))
}

pub(crate) fn remove_app_permission(db: &Database, args: PermissionArgs) -> Result<(bool, String), ToolError> {
    let (app, permission) = (args.app_name, args.permission.to_lowercase());
    Ok(match set(db, &app, &permission, false)? {
        Ok(()) => (true, format!("Permission '{permission}' removed from app '{app}'.")),
        Err(Missing::App) => (false, format!("App '{app}' not found. Cannot remove permission.")),
        Err(Missing::Permission) => (false, format!("Permission '{permission}' not tracked for app '{app}'.")),
    })
}
