//! rmcp's side: requests in, answers out.

use super::VERSIONS;
use super::told::{self, Tools};
use super::worlds::{self, Own};
use crate::{Server, Session, World};
use axum::http::request::Parts;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult, ContentBlock,
    CustomRequest, CustomResult, DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, MetaObject, PaginatedRequestParams,
    PromptMessage, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents, Role,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;
use wardian_format::names;

/// How long lists may be kept: they do not change while the server runs.
const TTL_MS: u64 = 300_000;
/// Longest name in an error, characters.
const NAME_CHARS_MAX: usize = 80;

/// The session of a request of the session era.
#[derive(Clone)]
pub(super) struct Held(pub(super) Arc<Session>);

/// One world, to whoever asks. Cheap to clone: each request has its own.
#[derive(Clone)]
pub(super) struct Handler(Arc<Inner>);

struct Inner {
    server: Arc<Server>,
    world: Arc<World>,
    /// The session of a connection that has but one.
    own: Option<Arc<Session>>,
    with_sessions: Tools,
    stateless: Tools,
}

type Cx = RequestContext<RoleServer>;

impl Handler {
    pub(super) fn new(server: &Arc<Server>, world: &Arc<World>, own: Option<Arc<Session>>) -> Self {
        let extra = server.options().mcp_extra;
        let (with_sessions, stateless) = (Tools::new(world, false, extra), Tools::new(world, true, extra));
        Self(Arc::new(Inner { server: Arc::clone(server), world: Arc::clone(world), own, with_sessions, stateless }))
    }

    fn tools(&self, cx: &Cx) -> &Tools {
        if is_stateless(cx) { &self.0.stateless } else { &self.0.with_sessions }
    }

    /// The session that is meant, in the session era.
    fn session(&self, cx: &Cx) -> Option<Arc<Session>> {
        let held = cx.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Held>());
        held.map(|held| Arc::clone(&held.0)).or_else(|| self.0.own.clone())
    }

    async fn call(&self, cx: &Cx, tool: &str, mut arguments: Map<String, Value>) -> Result<Value, String> {
        let (server, world, tools) = (&self.0.server, &self.0.world, self.tools(cx));
        let own = Own::find(tool);
        if own == Some(Own::Open) {
            return worlds::open(server, world, &arguments).await;
        }
        let session = match tools.handle {
            None => self.session(cx).ok_or("there is no session")?,
            Some(name) => {
                let handle = arguments.remove(name);
                let handle = handle.as_ref().and_then(Value::as_str).ok_or_else(|| format!("arguments.{name}: expected a string"))?;
                worlds::find(server, world, handle)?
            }
        };
        if let Some(own) = own {
            return worlds::own(server, &session, own, &arguments).await;
        }
        let record = worlds::call(server, &session, tool.to_owned(), Value::Object(arguments)).await?;
        let record = record.ok_or_else(|| format!("the episode is over: `{}` begins another", Own::Reset.name()))?;
        if record.outcome.is_ok() { Ok(tools.structured(tool, record.observation())) } else { Err(words(&record.observation())) }
    }
}

/// Words as they are, anything else as JSON.
fn words(observation: &Value) -> String {
    observation.as_str().map_or_else(|| observation.to_string(), str::to_owned)
}

fn is_stateless(cx: &Cx) -> bool {
    cx.protocol_version().is_some_and(|version| !version.has_initialize())
}

fn me() -> Implementation {
    Implementation::new("wardian", env!("CARGO_PKG_VERSION")).with_title("Wardian")
}

/// Who answers: in every result of the stateless era, where nobody introduced themselves.
fn meta() -> Option<MetaObject> {
    let me = json!({"name": "wardian", "version": env!("CARGO_PKG_VERSION")});
    Some(MetaObject::from(Map::from_iter([("io.modelcontextprotocol/serverInfo".to_owned(), me)])))
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let about = self.0.world.about();
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        ServerConfig::new(capabilities).with_server_info(me()).with_instructions(format!("{}: {}", about.title, about.description))
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    async fn discover(&self, _: Cx) -> Result<DiscoverResult, ErrorData> {
        let told = DiscoverResult::from_server_info(VERSIONS.to_vec(), self.get_info());
        Ok(told.with_ttl_ms(TTL_MS).with_cache_scope(CacheScope::Private))
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, cx: Cx) -> Result<ListToolsResult, ErrorData> {
        let is_new = is_stateless(&cx);
        Ok(ListToolsResult {
            ttl_ms: is_new.then_some(TTL_MS),
            cache_scope: is_new.then_some(CacheScope::Private),
            meta: meta(),
            ..ListToolsResult::with_all_items(self.tools(&cx).list.clone())
        })
    }

    async fn call_tool(&self, request: CallToolRequestParams, cx: Cx) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.into_owned();
        if !self.tools(&cx).has(&name) {
            return Err(ErrorData::invalid_params(format!("Unknown tool: {}", names::untrusted(&name, NAME_CHARS_MAX)), None));
        }
        let mut result = match self.call(&cx, &name, request.arguments.unwrap_or_default()).await {
            Ok(document) => CallToolResult::structured(document),
            Err(words) => CallToolResult::error(vec![ContentBlock::text(words)]),
        };
        result.meta = meta();
        Ok(result.into())
    }

    async fn list_prompts(&self, _: Option<PaginatedRequestParams>, cx: Cx) -> Result<ListPromptsResult, ErrorData> {
        let is_new = is_stateless(&cx);
        Ok(ListPromptsResult {
            ttl_ms: is_new.then_some(TTL_MS),
            cache_scope: is_new.then_some(CacheScope::Private),
            meta: meta(),
            ..ListPromptsResult::with_all_items(told::prompts(&self.0.world))
        })
    }

    async fn get_prompt(&self, request: GetPromptRequestParams, _: Cx) -> Result<GetPromptResponse, ErrorData> {
        let id = request.arguments.as_ref().and_then(|arguments| arguments.get("id")).and_then(Value::as_str);
        let words = told::prompt(&self.0.world, &request.name, id).map_err(|words| ErrorData::invalid_params(words, None))?;
        let mut result = GetPromptResult::new(vec![PromptMessage::new_text(Role::User, words)]);
        result.meta = meta();
        Ok(result.into())
    }

    async fn list_resources(&self, _: Option<PaginatedRequestParams>, cx: Cx) -> Result<ListResourcesResult, ErrorData> {
        let is_new = is_stateless(&cx);
        Ok(ListResourcesResult {
            ttl_ms: is_new.then_some(TTL_MS),
            cache_scope: is_new.then_some(CacheScope::Private),
            meta: meta(),
            ..ListResourcesResult::with_all_items(told::resources(&self.0.world))
        })
    }

    async fn list_resource_templates(&self, _: Option<PaginatedRequestParams>, cx: Cx) -> Result<ListResourceTemplatesResult, ErrorData> {
        let is_new = is_stateless(&cx);
        Ok(ListResourceTemplatesResult {
            ttl_ms: is_new.then_some(TTL_MS),
            cache_scope: is_new.then_some(CacheScope::Private),
            meta: meta(),
            ..ListResourceTemplatesResult::default()
        })
    }

    async fn read_resource(&self, request: ReadResourceRequestParams, cx: Cx) -> Result<ReadResourceResponse, ErrorData> {
        let Some((text, media)) = told::read(&self.0.world, &request.uri) else {
            return Err(ErrorData::resource_not_found("Resource not found", Some(json!({"uri": request.uri}))));
        };
        let mut result = ReadResourceResult::new(vec![ResourceContents::text(text, request.uri).with_mime_type(media)]);
        if is_stateless(&cx) {
            result.ttl_ms = Some(TTL_MS);
            result.cache_scope = Some(CacheScope::Private);
        }
        result.meta = meta();
        Ok(result.into())
    }

    // The default would answer with nothing, though it is not offered.
    async fn complete(&self, _: CompleteRequestParams, _: Cx) -> Result<CompleteResult, ErrorData> {
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "completion/complete", None))
    }

    // A known method whose parameters do not fit comes here, too.
    async fn on_custom_request(&self, request: CustomRequest, _: Cx) -> Result<CustomResult, ErrorData> {
        const KNOWN: [&str; 8] = [
            "tools/call",
            "tools/list",
            "prompts/get",
            "prompts/list",
            "resources/read",
            "resources/list",
            "resources/templates/list",
            "server/discover",
        ];
        Err(if KNOWN.contains(&request.method.as_str()) {
            ErrorData::invalid_params(format!("the parameters of {} do not fit", request.method), None)
        } else {
            ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None)
        })
    }
}
