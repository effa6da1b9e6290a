import { page } from "./page.ts";
import { Random } from "./random.ts";
import { ADJECTIVES, NOUNS, propertyName, sentence, VERBS } from "./words.ts";

const MESSAGES = 700;

/** The reference of every message: an ordinary page but for its length, about 1 MB. */
export function bigPage(): string {
  const codes = Array.from(
    { length: MESSAGES },
    (_, index) => `LAN${String(index + 1).padStart(4, "0")}`,
  );
  return page({
    path: "/big/",
    title: "Every message – Lantern",
    lang: "en",
    charset: '<meta charset="utf-8">',
    breadcrumb: '      <li><span aria-current="page">Every message</span></li>',
    main: [
      "<h1>Every message</h1>",
      `<p>All ${MESSAGES} messages of the compiler, on one page, so that the search of the browser finds them. See <a href="/reference/cli/#exit-codes">exit codes</a> for what a message does to the build.</p>`,
      `<ol class="toc">`,
      ...codes.map((code) => `<li><a href="#${code}">${code}</a></li>`),
      "</ol>",
      ...codes.map(message),
    ].join("\n"),
  });
}

function message(code: string): string {
  const random = new Random(`big/${code}`);
  const text = (count: number) => Array.from({ length: count }, () => sentence(random)).join(" ");
  const rows = Array.from({ length: random.int(2, 5) }, () => {
    const name = `${random.pickSkewed(NOUNS)}.${propertyName(random)}`;
    return `<tr><td><code>${name}</code></td><td>${random.pick(["string", "path", "integer", "list"])}</td><td>${sentence(random)}</td></tr>`;
  });
  return [
    `<section id="${code}">`,
    `<h2>${code}: ${random.pick(ADJECTIVES)} ${random.pickSkewed(NOUNS)}</h2>`,
    `<p>${text(3)}</p>`,
    `<pre><code class="language-ts">${program(random)}</code></pre>`,
    `<table><thead><tr><th>Key</th><th>Type</th><th>Meaning</th></tr></thead><tbody>`,
    ...rows,
    "</tbody></table>",
    "<ul>",
    ...Array.from({ length: random.int(2, 4) }, () => `<li>${sentence(random)}</li>`),
    "</ul>",
    `<p>${text(2)} Related: <a href="#LAN${String(random.int(1, MESSAGES)).padStart(4, "0")}">${random.pick(VERBS)} the ${random.pickSkewed(NOUNS)}</a>.</p>`,
    "</section>",
  ].join("\n");
}

function program(random: Random): string {
  const lines = Array.from({ length: random.int(2, 6) }, () => {
    const name = propertyName(random);
    return `const ${name}Result = await ${random.pickSkewed(NOUNS)}.${propertyName(random)}("${random.pickSkewed(NOUNS)}", { ${propertyName(random)}: ${random.int(0, 99)} });`;
  });
  return `${lines.join("\n")}\n`;
}
