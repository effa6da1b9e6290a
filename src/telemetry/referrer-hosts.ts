/**
 * Hosts from which people follow links, by the name of the assistant. Compared on 2026-11-30 with
 * AIAssistants.yml of matomo-org/searchengine-and-social-list and with the operators' own pages.
 */
export const ASSISTANTS: Readonly<Record<string, readonly string[]>> = {
  ChatGPT: ["chatgpt.com", "chat.openai.com"],
  Claude: ["claude.ai"],
  Copilot: ["copilot.microsoft.com", "copilot.cloud.microsoft", "m365.cloud.microsoft"],
  DeepSeek: ["chat.deepseek.com"],
  "Duck.ai": ["duck.ai"],
  Ernie: ["yiyan.baidu.com", "ernie.baidu.com"],
  Gemini: ["gemini.google.com", "bard.google.com"],
  Grok: ["grok.com"],
  Kimi: ["kimi.com", "kimi.moonshot.cn"],
  "Le Chat": ["chat.mistral.ai"],
  "Meta AI": ["meta.ai"],
  NotebookLM: ["notebooklm.google.com"],
  Perplexity: ["perplexity.ai"],
  Phind: ["phind.com"],
  Poe: ["poe.com"],
  Qwen: ["chat.qwen.ai"],
  "You.com": ["you.com"],
  iAsk: ["iask.ai"],
};

/** The same for search engines; compared with SearchEngines.yml of the same project. */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  Baidu: ["baidu.com", "m.baidu.com"],
  Bing: ["bing.com", "cn.bing.com"],
  Brave: ["search.brave.com"],
  DuckDuckGo: ["duckduckgo.com", "html.duckduckgo.com", "lite.duckduckgo.com"],
  Ecosia: ["ecosia.org"],
  Google: ["com.google.android.googlequicksearchbox"],
  Kagi: ["kagi.com"],
  MetaGer: ["metager.org", "metager.de"],
  Mojeek: ["mojeek.com"],
  Naver: ["search.naver.com", "m.search.naver.com"],
  Qwant: ["qwant.com", "lite.qwant.com"],
  Seznam: ["search.seznam.cz"],
  Sogou: ["sogou.com", "m.sogou.com"],
  Startpage: ["startpage.com"],
  Swisscows: ["swisscows.com"],
  Yahoo: ["search.yahoo.com", "search.yahoo.co.jp"],
};

/** A known site that refers to pages. */
export interface KnownReferrer {
  readonly class: "assistant" | "search";
  readonly name: string;
}

const BY_HOST: ReadonlyMap<string, KnownReferrer> = new Map([
  ...entries("assistant", ASSISTANTS),
  ...entries("search", ENGINES),
]);

function entries(of: KnownReferrer["class"], table: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(table).flatMap(([name, hosts]) =>
    hosts.map((host) => [host, { class: of, name }] as const),
  );
}

/** Search engines with a domain for each country. */
const BY_COUNTRY = /^(?:m\.)?(google|yandex)\.(?:com|(?:com?\.)?[a-z]{2})$/;
const YAHOO = /^[a-z]{2}\.search\.yahoo\.com$/;

/** The assistant or search engine at a host in lower case. */
export function referrerAt(host: string): KnownReferrer | undefined {
  const name = host.startsWith("www.") ? host.slice(4) : host;
  const known = BY_HOST.get(name);
  if (known !== undefined) return known;
  const engine = BY_COUNTRY.exec(name)?.[1];
  if (engine !== undefined) return ENGINE[engine as keyof typeof ENGINE];
  return YAHOO.test(name) ? BY_HOST.get("search.yahoo.com") : undefined;
}

const ENGINE = {
  google: { class: "search", name: "Google" },
  yandex: { class: "search", name: "Yandex" },
} as const;
