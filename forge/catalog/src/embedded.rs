//! The catalogue that ships with the project; `data/README.md` names source, version, licence and copyright of each document.

use crate::Document;
use std::borrow::Cow;

macro_rules! document {
    ($file:literal, $provider:literal, $service:literal, $license:literal) => {
        Document {
            name: concat!("data/apis/", $file).to_owned(),
            bytes: Cow::Borrowed(include_bytes!(concat!("../../../data/apis/", $file))),
            provider: Some($provider.to_owned()),
            service: Some($service.to_owned()),
            license: Some($license.to_owned()),
            ..Document::default()
        }
    };
}

/// The descriptions of `data/apis`, reduced originals of public APIs.
pub fn embedded() -> Vec<Document> {
    vec![
        document!("aws-identitystore.json", "amazonaws.com", "identitystore", "Apache-2.0"),
        document!("aws-mturk.json", "amazonaws.com", "mturk", "Apache-2.0"),
        document!("aws-secretsmanager.json", "amazonaws.com", "secretsmanager", "Apache-2.0"),
        document!("aws-sns.json", "amazonaws.com", "sns", "Apache-2.0"),
        document!("aws-sqs.json", "amazonaws.com", "sqs", "Apache-2.0"),
        document!("github.json", "github.com", "rest", "MIT"),
        document!("google-calendar.json", "googleapis.com", "calendar", "Apache-2.0"),
        document!("google-classroom.json", "googleapis.com", "classroom", "Apache-2.0"),
        document!("google-drive.json", "googleapis.com", "drive", "Apache-2.0"),
        document!("google-tasks.json", "googleapis.com", "tasks", "Apache-2.0"),
    ]
}
