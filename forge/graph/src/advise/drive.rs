//! Puts questions to a model, and reads what it says.

use super::{About, AdviceError, Answer, Question, REPAIR};
use futures_util::stream::{StreamExt, iter};
use serde_json::Value;
use wardian_format::{Message, json, names};
use wardian_model::{ChatModel, ChatReply, ChatRequest, Finish};

/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Characters of a spoilt answer that the model is shown again.
const AGAIN_CHARS_MAX: usize = 4_000;
/// Characters of it that a person is shown.
const SHOWN_CHARS_MAX: usize = 200;

/// The answers to `questions`, in their order, `concurrency` of them at once. `heard` is told of each as it comes.
pub async fn advise(
    questions: &[Question],
    model: &dyn ChatModel,
    concurrency: usize,
    heard: &(dyn Fn(&Question, &Result<Answer, AdviceError>) + Sync),
) -> Vec<Result<Answer, AdviceError>> {
    let asked = iter(questions.iter().enumerate()).map(|(index, question)| async move {
        let answer = answer(question, model).await;
        heard(question, &answer);
        (index, answer)
    });
    let mut answers: Vec<(usize, Result<Answer, AdviceError>)> = asked.buffer_unordered(concurrency.max(1)).collect().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The answer to one question. What is no answer is shown to the model once, with what is wrong; of an answer that is spoilt even then, the
/// good parts count.
///
/// # Errors
/// Where the model gives no turn, or no JSON object.
pub async fn answer(question: &Question, model: &dyn ChatModel) -> Result<Answer, AdviceError> {
    let first = said(&model.chat(&question.request).await?);
    let error = match first.as_ref().map(|text| read(&question.about, text)) {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(spoilt)) => spoilt,
        Err(reason) => Spoilt { reason: reason.clone(), value: None },
    };
    let text = first.unwrap_or_default();
    let second = model.chat(&again(&question.request, &text, &error.reason)).await;
    let value = match second.as_ref().map(said) {
        Ok(Ok(text)) => match read(&question.about, &text) {
            Ok(answer) => return Ok(answer),
            Err(spoilt) => spoilt.value,
        },
        _ => None,
    };
    match value.or(error.value) {
        Some(value) => Ok(Answer(value)),
        None => Err(AdviceError::Form { reason: error.reason, said: names::untrusted(&text, SHOWN_CHARS_MAX) }),
    }
}

/// What is wrong with an answer, and what there is of it.
struct Spoilt {
    reason: String,
    value: Option<Value>,
}

fn said(reply: &ChatReply) -> Result<String, String> {
    let text = reply.content.as_deref().unwrap_or_default();
    match reply.finish {
        Some(Finish::Length) => Err("it was cut off by the limit on tokens".to_owned()),
        Some(Finish::Filtered) => Err("it was cut off by a filter".to_owned()),
        _ if text.trim().is_empty() => Err("it is empty".to_owned()),
        _ if text.len() > ANSWER_BYTES_MAX => Err(format!("it has more than {ANSWER_BYTES_MAX} bytes")),
        _ => Ok(text.to_owned()),
    }
}

fn again(request: &ChatRequest, text: &str, reason: &str) -> ChatRequest {
    let mut request = request.clone();
    let shown: String = text.chars().take(AGAIN_CHARS_MAX).collect();
    let content = if shown.trim().is_empty() { "(nothing)".to_owned() } else { shown };
    request.messages.push(Message::Assistant { content: Some(content), reasoning: None, tool_calls: Vec::new() });
    request.messages.push(Message::User { content: REPAIR.replace("{error}", &names::untrusted(reason, SHOWN_CHARS_MAX)) });
    request
}

/// The object in `text`, with all the members that the question asks for.
fn read(about: &About, text: &str) -> Result<Answer, Spoilt> {
    let value = object(text).map_err(|reason| Spoilt { reason, value: None })?;
    let members: &[(&str, bool)] = match about {
        About::Kinds { .. } => &[("title", false), ("slug", false), ("description", false), ("parts", true)],
        About::Edges { .. } => &[("edges", true), ("missing", true)],
    };
    let wrong = members.iter().find(|(name, is_list)| if *is_list { !value[*name].is_array() } else { !value[*name].is_string() });
    match wrong {
        None => Ok(Answer(value)),
        Some((name, is_list)) => {
            let kind = if *is_list { "list" } else { "text" };
            Err(Spoilt { reason: format!("there is no {kind} `{name}`"), value: Some(value) })
        }
    }
}

/// The JSON object that `text` is, or that stands in it between other words.
fn object(text: &str) -> Result<Value, String> {
    let text = text.trim();
    let inner = text.find('{').zip(text.rfind('}')).filter(|(start, end)| start < end).map(|(start, end)| &text[start..=end]);
    let Some(inner) = inner else { return Err("there is no JSON object in it".to_owned()) };
    let value = json::parse(inner).map_err(|error| format!("it is no JSON: {error}"))?;
    if value.is_object() { Ok(value) } else { Err("it is no JSON object".to_owned()) }
}
