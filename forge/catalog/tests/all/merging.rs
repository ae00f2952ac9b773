//! Versions of one API, and descriptions that say the same.

use crate::{ids, import_all, written};
use serde_json::{Value, json};
use wardian_catalog::{Document, ImportOptions, import, import_stream};

fn api(provider: &str, service: &str, version: &str, paths: Value) -> String {
    json!({"openapi": "3.0.0", "info": {"title": "t", "version": version, "x-providerName": provider, "x-serviceName": service},
        "servers": [{"url": format!("https://{provider}/v1")}], "paths": paths})
    .to_string()
}

fn get(id: &str) -> Value {
    json!({"get": {"operationId": id, "responses": {"200": {"description": "ok"}}}})
}

#[test]
fn the_newest_version_of_an_api_stays() {
    let documents = [
        ("a-v1.json", api("a.com", "pets", "v1", json!({"/pets": get("listPets"), "/old": get("old")}))),
        ("a-v1beta.json", api("a.com", "pets", "v1beta1", json!({"/pets": get("listPets")}))),
        ("a-v2.json", api("a.com", "pets-v2", "", json!({"/pets": get("listPets"), "/new": get("new")}))),
        ("b-v1.json", api("b.com", "pets", "v1", json!({"/pets": get("listPets")}))),
    ];
    let import = import_all(&documents);
    assert_eq!(ids(&import), ["a.com/pets-v2/list_pets", "a.com/pets-v2/new", "b.com/pets/list_pets"]);
    assert_eq!(import.superseded, 2);
    let said: Vec<(&str, &str)> = import.skipped.iter().map(|skipped| (skipped.at.as_str(), skipped.reason.as_str())).collect();
    assert_eq!(
        said,
        [
            ("a-v1.json", "version `v1` of `a.com/pets` gives way to version `v2` in a-v2.json"),
            ("a-v1beta.json", "version `v1beta1` of `a.com/pets` gives way to version `v2` in a-v2.json"),
        ]
    );
    let documents: Vec<Document> = documents.iter().map(|(name, text)| Document::new(*name, text.clone().into_bytes())).collect();
    let all = wardian_catalog::import(&documents, &ImportOptions { all_versions: true, ..ImportOptions::default() });
    assert_eq!((all.superseded, all.skipped.len()), (0, 0));
    assert!(ids(&all).contains(&"a.com/pets/old"), "{:?}", ids(&all));
}

#[test]
fn one_request_is_one_tool_and_names_its_other_places() {
    let import = import_all(&[
        ("x/one.json", api("a.com", "pets", "1", json!({"/pets/{id}": get("getPet")}))),
        ("x/two.json", api("a.com", "zoo", "1", json!({"/pets/{petId}/": get("fetchAnimal"), "/zoos": get("zoos")}))),
        ("x/three.json", api("b.com", "pets", "1", json!({"/pets/{id}": get("getPet")}))),
    ]);
    assert_eq!((ids(&import), import.merged), (vec!["a.com/pets/get_pet", "a.com/zoo/zoos", "b.com/pets/get_pet"], 1));
    assert_eq!(import.tools[0].origin.also, ["x/two.json#/paths/~1pets~1{petId}~1/get"]);
}

#[test]
fn services_on_other_hosts_share_paths_and_are_not_the_same() {
    let on = |host: &str, service: &str| {
        let text = api("cloud.com", service, "1", json!({"/v1/operations": get("listOperations")}));
        text.replace("https://cloud.com/v1", &format!("https://{host}"))
    };
    let import = import_all(&[("a.json", on("a.cloud.com", "a")), ("b.json", on("b.cloud.com", "b"))]);
    assert_eq!((ids(&import), import.merged), (vec!["cloud.com/a/list_operations", "cloud.com/b/list_operations"], 0));
}

#[test]
fn what_the_owner_publishes_is_kept_before_a_conversion() {
    let model = json!({"metadata": {"serviceId": "Tiny", "apiVersion": "2020-01-01"}, "shapes": {},
        "operations": {"GetIt": {"http": {"method": "POST", "requestUri": "/"}, "documentation": "Native."}}});
    let converted =
        api("amazonaws.com", "tiny", "2020-01-01", json!({"/#X-Amz-Target=GetIt": {"post": {"operationId": "GetIt", "responses": {}}}}));
    let import = import_all(&[("a.json", converted), ("data/tiny/2020-01-01/service-2.json", model.to_string())]);
    assert_eq!((ids(&import), import.merged), (vec!["amazonaws.com/tiny/get_it"], 1));
    assert_eq!((import.tools[0].origin.source.as_str(), import.tools[0].description.as_str()), ("aws", "Native."));
    assert_eq!(import.tools[0].origin.also, ["a.json#/paths/~1#X-Amz-Target=GetIt/post"]);
}

#[test]
fn equal_names_of_different_requests_are_numbered_whatever_the_order() {
    let one = ("1.json", api("a.com", "s", "1", json!({"/b": get("same")})));
    let two = ("2.json", api("a.com", "s", "1", json!({"/a": get("same")})));
    let import = import_all(&[one.clone(), two.clone()]);
    let named: Vec<(&str, &str)> = import.tools.iter().map(|t| (t.name.as_str(), t.origin.path.as_deref().unwrap_or_default())).collect();
    assert_eq!(named, [("same", "/v1/a"), ("same_2", "/v1/b")]);
    assert_eq!(written(&import_all(&[two, one])), written(&import));
}

#[test]
fn licences_are_recorded_as_identifiers() {
    let with = |license: Value| {
        let mut document: Value = serde_json::from_str(&api("a.com", "s", "1", json!({"/a": get("a")}))).expect("JSON");
        document["info"]["license"] = license;
        document
    };
    let read = |document: &Value, hint: Option<&str>, package: Option<&str>| {
        let document = Document {
            license: hint.map(str::to_owned),
            license_of_package: package.map(str::to_owned),
            ..Document::new("a.json", document.to_string().into_bytes())
        };
        import(&[document], &ImportOptions::default()).tools[0].origin.license.clone()
    };
    let stated = with(json!({"name": "Apache 2.0", "url": "http://www.apache.org/licenses/LICENSE-2.0.html"}));
    assert_eq!(read(&stated, Some("MIT"), None).as_deref(), Some("Apache-2.0"));
    let none = with(Value::Null);
    assert_eq!(read(&none, Some("MIT"), Some("ISC")).as_deref(), Some("MIT"));
    // A package that only collects documents cannot license them.
    assert_eq!(read(&none, None, Some("ISC")), None);
    let mut own = none;
    own["info"].as_object_mut().expect("an object").remove("x-providerName");
    assert_eq!(read(&own, None, Some("ISC")).as_deref(), Some("ISC"));
}

/// Documents in every order and on one and four threads give the same bytes: the whole of what ships, and duplicates of it.
#[test]
fn threads_and_order_do_not_show() {
    let mut documents: Vec<Document> = wardian_catalog::embedded();
    let twins: Vec<Document> = documents.iter().map(|d| Document { name: format!("copy/{}", d.name), ..d.clone() }).collect();
    documents.extend(twins);
    documents.push(Document::new("broken.json", b"{".to_vec()));
    documents.push(Document::new("a.json", api("a.com", "s", "1", json!({"/a": get("a")})).into_bytes()));
    documents.push(Document::new("a.json", api("a.com", "s", "2", json!({"/b": get("b")})).into_bytes()));
    let on = |threads: usize, documents: &[Document]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let stream = documents.iter().cloned().map(Ok);
        pool.install(|| written(&import_stream(stream, &ImportOptions::default(), || {})))
    };
    let expected = on(1, &documents);
    assert_eq!(expected.lines().filter(|line| line.contains("\"origin\"")).count(), 320);
    let mut rng = wardian_format::Rng::of(7, &["orders"]);
    for round in 0..6 {
        rng.shuffle(&mut documents);
        assert!(on(4, &documents) == expected, "round {round}");
    }
}
