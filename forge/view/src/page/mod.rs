//! The page: a frame of HTML, and the graph as compressed blocks that its script opens when they are needed.

mod blocks;
mod order;

use crate::error::ViewError;
use crate::indexed::Indexed;
use blocks::Blocks;
use ct_codecs::{Base64, Encoder};
use order::Order;
use wardian_format::Digest;
use wardian_format::graph::GraphStats;
use wardian_report::clean::{escape, one_line};

/// Bytes that a page has at most if nothing else is said: 15 MiB.
pub const BYTES_MAX: usize = 15 << 20;
/// Tools that a page shows at most.
pub const TOOLS_MAX: usize = 250_000;
/// Characters of a title.
const TITLE_CHARS_MAX: usize = 80;

const STYLE: &str = concat!(include_str!("../../assets/frame.css"), include_str!("../../assets/views.css"));
const SCRIPT: &str = concat!(
    "/*! dagre 3.1.3, laid out by this page:\n",
    include_str!("../../assets/vendor/dagre.LICENSE"),
    "*/\n",
    include_str!("../../assets/vendor/dagre.min.js"),
    "\n(() => {\n",
    include_str!("../../assets/base.js"),
    include_str!("../../assets/data.js"),
    include_str!("../../assets/search.js"),
    include_str!("../../assets/treemap.js"),
    include_str!("../../assets/inspect.js"),
    include_str!("../../assets/digraph.js"),
    include_str!("../../assets/domain.js"),
    include_str!("../../assets/paint.js"),
    include_str!("../../assets/labels.js"),
    include_str!("../../assets/overview.js"),
    include_str!("../../assets/start.js"),
    "})();\n",
);

/// How much a page says of each tool and edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Names, one line of description, edges; no schemas and no reasons of similarity.
    Bare,
    /// Also parameters and returned fields by name and type, and the reason of every edge.
    Names,
    /// Also what the parameters mean, and longer descriptions.
    Full,
}

impl Detail {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Detail::Bare => "bare",
            Detail::Names => "names",
            Detail::Full => "full",
        }
    }
}

/// What a page is made with.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// Shown at its top; bounded and escaped like all other text.
    pub title: String,
    /// How much to say; `None` for the most that fits `bytes_max`.
    pub detail: Option<Detail>,
    /// Bound of the page.
    pub bytes_max: usize,
}

/// A finished page.
#[derive(Clone, Debug)]
pub struct Page {
    /// UTF-8 text of one HTML document.
    pub html: String,
    /// What it says of each tool.
    pub detail: Detail,
}

/// The page of a graph.
///
/// # Errors
/// [`ViewError::TooManyTools`] above [`TOOLS_MAX`]; [`ViewError::TooLarge`] where the page does not fit its bound.
pub fn page(graph: &Indexed<'_>, built: &GraphStats, options: &PageOptions) -> Result<Page, ViewError> {
    if graph.tools.len() > TOOLS_MAX {
        return Err(ViewError::TooManyTools { tools: graph.tools.len(), tools_max: TOOLS_MAX });
    }
    let order = Order::of(graph);
    let levels = options.detail.map_or(vec![Detail::Full, Detail::Names, Detail::Bare], |one| vec![one]);
    let mut bytes = 0;
    for &detail in &levels {
        let blocks = Blocks::of(graph, &order, built, detail);
        let html = html(&options.title, &blocks);
        if html.len() <= options.bytes_max {
            return Ok(Page { html, detail });
        }
        bytes = html.len();
    }
    let detail = levels.last().map_or("", |d| d.name());
    Err(ViewError::TooLarge { bytes, bytes_max: options.bytes_max, detail })
}

fn html(title: &str, blocks: &Blocks) -> String {
    let title = escape(&one_line(title, TITLE_CHARS_MAX));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    );
    let mut out = String::with_capacity(blocks.len() + SCRIPT.len() + STYLE.len() + 8192);
    out.push_str(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title} · Wardian tool graph</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    ));
    out.push_str(&include_str!("../../assets/frame.html").replace("{title}", &title));
    out.push_str(&format!("<script type=\"application/octet-stream\" id=\"core\">{}</script>\n", blocks.core));
    for block in &blocks.rest {
        out.push_str(&format!("<script type=\"application/octet-stream\" class=\"block\">{block}</script>\n"));
    }
    out.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

fn hash(text: &str) -> String {
    base64(&Digest::of(text.as_bytes()).0)
}

fn base64(bytes: &[u8]) -> String {
    Base64::encode_to_string(bytes).expect("the length is below the limit of addresses")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_and_the_style_cannot_end_their_own_elements() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
    }

    #[test]
    fn text_is_never_made_markup() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "new Function",
            "fetch(",
            "XMLHttpRequest",
        ] {
            assert!(!SCRIPT.contains(word), "the script uses `{word}`");
        }
    }
}
