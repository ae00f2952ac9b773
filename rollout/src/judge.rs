//! Statements about a dialogue that only words can grade: a model is asked whether each is true. What it says is reported apart and
//! never decides whether a task is passed.

use serde::Deserialize;
use wardian_format::verdict::Judged;
use wardian_format::{Message, names};
use wardian_model::{ChatModel, ChatRequest};

/// Longest text of the judge that is kept, characters.
const REASON_CHARS_MAX: usize = 1_000;
/// Longest message of the dialogue that the judge is shown, characters.
const SHOWN_CHARS_MAX: usize = 4_000;

const TASK: &str = "You judge a dialogue between a user and a support agent. For each numbered statement say whether the dialogue shows it to be \
                    true. Answer with JSON alone: a list with one object a statement, in order, {\"met\": true or false, \"reason\": one sentence}.";

#[derive(Deserialize)]
struct Opinion {
    met: bool,
    #[serde(default)]
    reason: String,
}

/// What `judge` says of `statements` about the dialogue `messages`. A judge that fails, or does not answer in the form asked for, has
/// met none of them and says why: a grade is never invented.
pub async fn judge(judge: &dyn ChatModel, statements: &[String], messages: &[Message]) -> Vec<Judged> {
    let reply = judge.chat(&request(statements, messages)).await;
    let opinions = match reply {
        Ok(reply) => opinions(reply.content.as_deref().unwrap_or_default(), statements.len()),
        Err(error) => Err(format!("the judge failed: {error}")),
    };
    let judged = |(index, statement): (usize, &String)| {
        let (met, reason) = match &opinions {
            Ok(list) => (list[index].met, names::untrusted(&list[index].reason, REASON_CHARS_MAX)),
            Err(reason) => (false, names::untrusted(reason, REASON_CHARS_MAX)),
        };
        Judged { statement: statement.clone(), met, reason }
    };
    statements.iter().enumerate().map(judged).collect()
}

fn request(statements: &[String], messages: &[Message]) -> ChatRequest {
    let said = |message: &Message| {
        let (who, text) = match message {
            Message::User { content } => ("user", content),
            Message::Assistant { content: Some(content), .. } => ("agent", content),
            _ => return None,
        };
        Some(format!("{who}: {}", text.chars().take(SHOWN_CHARS_MAX).collect::<String>()))
    };
    let dialogue: Vec<String> = messages.iter().filter_map(said).collect();
    let numbered: Vec<String> = statements.iter().enumerate().map(|(i, text)| format!("{}. {text}", i + 1)).collect();
    let content = format!("Dialogue:\n{}\n\nStatements:\n{}", dialogue.join("\n"), numbered.join("\n"));
    ChatRequest { messages: vec![Message::System { content: TASK.to_owned() }, Message::User { content }], ..ChatRequest::default() }
}

/// The list in `text`, which may have words around it.
fn opinions(text: &str, count: usize) -> Result<Vec<Opinion>, String> {
    let list = text.find('[').zip(text.rfind(']')).and_then(|(start, end)| text.get(start..=end)).unwrap_or(text);
    let list: Vec<Opinion> =
        serde_json::from_str(list).map_err(|error| format!("the judge's answer is not in the form asked for: {error}"))?;
    if list.len() == count { Ok(list) } else { Err(format!("the judge was asked about {count} statements and answered {}", list.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wardian_model::{BoxFuture, ChatReply, ModelError};

    struct Canned(Result<&'static str, &'static str>);

    impl ChatModel for Canned {
        fn name(&self) -> &str {
            "canned"
        }

        fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
            let shown =
                matches!(&request.messages[1], Message::User { content } if content.contains("agent: No.") && content.contains("2. b"));
            assert!(shown, "{request:?}");
            let reply = self.0.map(|text| ChatReply { content: Some(text.to_owned()), ..ChatReply::default() });
            Box::pin(std::future::ready(reply.map_err(|error| ModelError::Failed(error.to_owned()))))
        }
    }

    #[tokio::test]
    async fn only_what_the_judge_says_counts() {
        let messages = [
            Message::User { content: "Please cancel it.".to_owned() },
            Message::Assistant { content: Some("No.".to_owned()), reasoning: None, tool_calls: Vec::new() },
        ];
        let statements = ["a".to_owned(), "b".to_owned()];
        let said = |answer| {
            let statements = &statements;
            let messages = &messages;
            async move {
                let judged = judge(&Canned(answer), statements, messages).await;
                judged.into_iter().map(|judged| (judged.met, judged.reason)).collect::<Vec<_>>()
            }
        };
        let well = said(Ok("Here: [{\"met\": true, \"reason\": \"it refused\"}, {\"met\": false}]")).await;
        assert_eq!(well, [(true, "it refused".to_owned()), (false, String::new())]);
        for (answer, reason) in [
            (Ok("[{\"met\": true}]"), "the judge was asked about 2 statements and answered 1"),
            (Ok("yes, both"), "the judge's answer is not in the form asked for: "),
            (Err("timeout"), "the judge failed: timeout"),
        ] {
            let told = said(answer).await;
            assert!(told.iter().all(|(met, why)| !met && why.starts_with(reason)), "{told:?}");
        }
    }
}
