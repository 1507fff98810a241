//! HTML forms, as far as our own pages and the sandbox's have them: hidden fields, text fields and
//! buttons. A real browser does the rest in the browser tests.

use anyhow::Context;
use reqwest::{Client, Method, Response, Url, header};

/// A form about to be sent, with the button that is pressed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    method: Method,
    action: Url,
    fields: Vec<(String, String)>,
}

/// A tag as it stands on a page.
struct Tag<'a>(&'a str);

impl Form {
    /// The form on a page whose button says or means the word; where no button does, the first.
    pub(crate) fn with_button(page_url: &Url, page: &str, word: &str) -> anyhow::Result<Self> {
        let forms =
            page.split("<form").skip(1).map(|form| form.split("</form").next().unwrap_or_default());
        let forms = forms.collect::<Vec<_>>();
        let pressed = forms.iter().find_map(|form| Some((*form, button(form, word)?)));
        let (form, button) = match pressed {
            Some((form, button)) => (form, Some(button)),
            None => (*forms.first().context("the page has no form")?, None),
        };
        Self::read(page_url, form, button)
    }

    /// The same with something else in a field, if it has that.
    pub(crate) fn filled(mut self, name: &str, value: &str) -> Self {
        for (field, content) in &mut self.fields {
            if field == name {
                value.clone_into(content);
            }
        }
        self
    }

    /// Sends it, as the page's own origin.
    pub(crate) async fn submit(self, http: &Client) -> anyhow::Result<Response> {
        let origin = self.action.origin().ascii_serialization();
        let request = http.request(self.method.clone(), self.action).header(header::ORIGIN, origin);
        let request = if self.method == Method::GET {
            request.query(&self.fields)
        } else {
            request.form(&self.fields)
        };
        Ok(request.send().await?)
    }

    fn read(page_url: &Url, form: &str, button: Option<Tag<'_>>) -> anyhow::Result<Self> {
        let head = Tag(form.split('>').next().unwrap_or_default());
        let post =
            head.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let action = page_url.join(&head.attribute("action").unwrap_or_default())?;
        let inputs = tags(form, "<input").map(|(tag, _)| tag);
        let fields = inputs.chain(button).filter_map(|tag| {
            Some((tag.attribute("name")?, tag.attribute("value").unwrap_or_default()))
        });
        Ok(Self {
            method: if post { Method::POST } else { Method::GET },
            action,
            fields: fields.collect(),
        })
    }
}

fn button<'a>(form: &'a str, word: &str) -> Option<Tag<'a>> {
    let means = |text: &str| text.to_lowercase().contains(word);
    tags(form, "<button")
        .find(|(tag, text)| {
            means(text) || tag.attribute("value").is_some_and(|value| means(&value))
        })
        .map(|(tag, _)| tag)
}

/// The tags of a kind, each with the text that follows it.
fn tags<'a>(html: &'a str, start: &'static str) -> impl Iterator<Item = (Tag<'a>, &'a str)> {
    html.split(start).skip(1).filter_map(|rest| {
        let (tag, after) = rest.split_once('>')?;
        Some((Tag(tag), after.split('<').next().unwrap_or_default()))
    })
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<String> {
        let (_, rest) = self.0.split_once(&format!(" {name}=\""))?;
        Some(unescaped(rest.split('"').next()?))
    }
}

fn unescaped(text: &str) -> String {
    let entities = [
        ("&#38;", "&"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressed_button_decides_which_form_is_sent() {
        let page = r#"
            <form method="post" action="/a"><input type="hidden" name="x" value="1&#38;2"><button name="answer" value="allow">Allow</button></form>
            <form method="post" action="b?c=d"><button>Cancel</button></form>"#;
        let url: Url = "http://localhost/oauth2/authorize".parse().unwrap();
        let allow = Form::with_button(&url, page, "allow").unwrap();
        let fields = [("x", "1&2"), ("answer", "allow")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(allow.fields, fields);
        assert_eq!(allow.action.path(), "/a");
        let cancel = Form::with_button(&url, page, "cancel").unwrap();
        assert_eq!(cancel.action.as_str(), "http://localhost/oauth2/b?c=d");
    }
}
