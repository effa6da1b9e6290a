import type { Bot } from "./bots.ts";

/** Longer User-Agents are cut before they are searched. */
export const MAX_USER_AGENT = 1024;

interface Token {
  readonly text: string;
  readonly bot: Bot;
}

/** Tokens by their first word, and those that stand for any word which begins with them. */
interface TokenIndex {
  readonly byFirstWord: ReadonlyMap<string, readonly Token[]>;
  readonly beginnings: readonly Token[];
}

/** Indexes tokens in lower case; of two equal tokens the last one counts. */
export function indexTokens(bots: readonly Bot[]): TokenIndex {
  const byText = new Map<string, Bot>();
  for (const bot of bots) for (const token of bot.tokens) byText.set(token.toLowerCase(), bot);
  const byFirstWord = new Map<string, Token[]>();
  const beginnings: Token[] = [];
  for (const [text, bot] of byText) {
    // A token that does not begin with a word can't be looked up by it.
    const word = withoutStop(/^[a-z0-9._-]+/.exec(text)?.[0] ?? "");
    if (word === "") continue;
    if (text === `${word}*`) beginnings.push({ text: word, bot });
    else byFirstWord.set(word, [...(byFirstWord.get(word) ?? []), { text, bot }]);
  }
  return { byFirstWord, beginnings };
}

/**
 * The tokens that a User-Agent carries as whole words, longest first, in one pass over it. A token
 * in an address, or after "like", counts only if the User-Agent has no other.
 */
export function findTokens(userAgent: string, index: TokenIndex): readonly Token[] {
  const text = userAgent.slice(0, MAX_USER_AGENT).toLowerCase();
  const named: Token[] = [];
  const mentioned: Token[] = [];
  let end = 0;
  for (const { 0: part, index: at } of text.matchAll(PART)) {
    const isAddress = part.includes("://") || part.includes("@");
    for (const { 0: written, index: within } of part.matchAll(WORD)) {
      const start = at + within;
      const token = start < end ? undefined : longestAt(text, start, written, index);
      if (token === undefined) continue;
      // The words of a longer name, such as "ChatGPT agent", name no other bot.
      end = start + token.text.length;
      (isAddress || text.startsWith(LIKE, start - LIKE.length) ? mentioned : named).push(token);
    }
  }
  const found = named.length > 0 ? named : mentioned;
  return found.sort((a, b) => b.text.length - a.text.length);
}

function longestAt(
  text: string,
  start: number,
  written: string,
  { byFirstWord, beginnings }: TokenIndex,
): Token | undefined {
  const word = withoutStop(written);
  const whole = (byFirstWord.get(word) ?? []).filter((each) => isWholeAt(text, start, each.text));
  const begun = beginnings.filter((each) => word.startsWith(each.text));
  // Of equal lengths the whole token: the other stands for any rest.
  return [...whole, ...begun].reduce<Token | undefined>(
    (best, each) => (best !== undefined && best.text.length >= each.text.length ? best : each),
    undefined,
  );
}

/** The parts of a User-Agent between spaces and punctuation: products, addresses, words. */
const PART = /[^\s;,()"'<>[\]]+/g;

/** As in "TelegramBot (like TwitterBot)". */
const LIKE = "like ";

/** The characters of crawlers' names, in lower case. */
const WORD = /[a-z0-9._-]+/g;

/** A full stop after a word ends a sentence; within a word it is a part of it. */
function withoutStop(word: string): string {
  let end = word.length;
  while (word[end - 1] === ".") end--;
  return word.slice(0, end);
}

function isWholeAt(text: string, start: number, token: string): boolean {
  if (!text.startsWith(token, start)) return false;
  let end = start + token.length;
  while (text[end] === ".") end++;
  return !/[a-z0-9_-]/.test(text.charAt(end));
}
