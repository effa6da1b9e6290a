/** Files in the styles of the field; the wording is ours. */
export const FILES: Readonly<Record<string, string>> = {
  "a blog system": `User-agent: *
Disallow: /wp-admin/
Allow: /wp-admin/admin-ajax.php

Sitemap: https://www.example.com/wp-sitemap.xml
`,
  "a shop": `# We sell things; please read gently
User-agent: *
Disallow: /admin
Disallow: /cart
Disallow: /orders
Disallow: /checkouts/
Disallow: /*/checkouts
Disallow: /collections/*sort_by*
Disallow: /*/collections/*+*
Disallow: /search
Allow: /cart/info
Sitemap: https://www.example.com/sitemap.xml

# Advertising
User-agent: adsbot-google
Disallow: /checkouts/
Disallow: /orders

User-agent: AhrefsBot
Crawl-delay: 10
Disallow: /admin
Disallow: /orders

User-agent: Pinterest
Crawl-delay: 1
`,
  "a newspaper of 80 groups": `${Array.from(
    { length: 78 },
    (_, i) =>
      `User-agent: Reader${String.fromCharCode(65 + (i % 26))}${"x".repeat(1 + Math.floor(i / 26))}\nDisallow: /archive/${i}/\n`,
  ).join("\n")}
User-agent: GPTBot
Disallow: /premium/

User-agent: *
Disallow: /premium/
Allow: /premium/teaser/
`,
  "a byte order mark": `\uFEFFUser-agent: *
Disallow: /private/
`,
  CRLF: "User-agent: *\r\nDisallow: /private/\r\n\r\nUser-agent: GPTBot\r\nDisallow: /\r\n",
  "CR alone": "User-agent: *\rDisallow: /private/\r",
  "no final newline": "User-agent: *\nDisallow: /private/",
  wildcards: `User-agent: *
Disallow: /*.pdf$
Disallow: /*?sessionid=
Disallow: */print/
Allow: /drafts/*.html$
Disallow: /drafts/**
`,
  "Crawl-delay": `User-agent: bingbot
Disallow: /slow/
Crawl-delay: 5

User-agent: *
Crawl-delay: 10
Disallow:
`,
  "duplicated groups": `User-agent: GPTBot
Disallow: /one/

User-agent: *
Disallow: /all/

# Again
User-agent: gptbot
User-agent: CCBot
Disallow: /two/
`,
  "groups of several agents": `User-agent: GPTBot
User-agent: Googlebot
User-agent: UnknownBot
Disallow: /search/
Allow: /drafts/open/ # for a while
`,
  "no User-agent": "Disallow: /everything/\nAllow: /\n",
  "only comments": "# nothing here yet\n#\n",
  empty: "",
  "unknown lines": `Host: www.example.com
User-agent: *
Noindex: /old/
Clean-param: ref /articles/
Disallow: /old/
License: https://www.example.com/license.xml
This is no line at all
Agentmap: https://www.example.com/agents.json
`,
  "signals of its own": `# The uses of this site
User-agent: *
Content-Signal: search=yes, ai-train=no
Allow: /
`,
  "odd spacing": "  USER-AGENT :  *  \n\tDISALLOW\t:\t/a b/ # why\n\n\n\n  Disallow : /c\n",
  "versions and cases":
    "User-Agent: GPTBot/1.2\nDisallow: /v/\n\nuser-agent: GOOGLEBOT\nALLOW: /\n",
  "escapes and letters":
    "User-agent: *\nDisallow: /%7Ejoe/\nDisallow: /caf%c3%a9/\nDisallow: /straße/\n",
  "everything forbidden": "User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nAllow: /\n",
};
