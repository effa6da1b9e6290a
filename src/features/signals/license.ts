import type { UnconditionalSetting } from "../../pipeline/policy.ts";
import { escapeXml } from "../../http/escape-xml.ts";
import type { SignalsPolicy } from "./policy.ts";

/** The target of the license that the proxy writes. */
export const LICENSE = "/license.xml";

/** The URL of a policy's license; undefined if it has none. @param origin the public origin */
export function licenseUrl({ license }: SignalsPolicy, origin: string): string | undefined {
  if (license === false) return undefined;
  return new URL(license === true ? LICENSE : license, origin).href;
}

/** One part of the site with its terms. */
interface Terms {
  /** A pattern of RFC 9309 §2.2.3, which RSL uses for paths. */
  readonly pattern: string;
  readonly policy: SignalsPolicy;
}

/**
 * Writes the license (RSL 1.0) of settings that apply to every client. It states what they say about
 * search, input to AI and training, and invents no payment or other terms.
 *
 * @param settings in their order: the first that has a page decides
 */
export function writeLicense(settings: readonly UnconditionalSetting<SignalsPolicy>[]): string {
  const contents = termsOf(settings).map(
    ({ pattern, policy }) =>
      `  <content url="${escapeXml(pattern)}">\n    <license>\n${usages(policy)}    </license>\n  </content>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<rsl xmlns="https://rslstandard.org/rsl">\n${contents.join("")}</rsl>\n`;
}

function usages({ search, aiInput, aiTrain }: SignalsPolicy): string {
  const said = Object.entries({ search, "ai-input": aiInput, "ai-train": aiTrain });
  const list = (element: string, answer: boolean): string => {
    const names = said.filter(([, each]) => each === answer).map(([name]) => name);
    return names.length === 0
      ? ""
      : `      <${element} type="usage">${names.join(",")}</${element}>\n`;
  };
  return list("permits", true) + list("prohibits", false);
}

function termsOf(settings: readonly UnconditionalSetting<SignalsPolicy>[]): readonly Terms[] {
  const found: Terms[] = [];
  for (const { paths = ["/*"], mode, policy } of settings) {
    if (mode !== "enforce" || !says(policy)) continue;
    for (const path of paths) {
      const pattern = translate(path);
      if (pattern === undefined || found.some((before) => shadows(before.pattern, pattern)))
        continue;
      found.push({ pattern, policy });
    }
  }
  return found;
}

function says({ search, aiInput, aiTrain }: SignalsPolicy): boolean {
  return search !== undefined || aiInput !== undefined || aiTrain !== undefined;
}

/** A rule's path as a pattern of RFC 9309; undefined if it is more than a literal text and a final star. */
export function translate(path: string): string | undefined {
  const isPrefix = path.endsWith("*");
  const text = isPrefix ? path.slice(0, -1) : path;
  if (/[*$:(){}?+\\]/.test(text)) return undefined;
  return isPrefix ? text : `${text}$`;
}

/** Whether an earlier pattern has all pages of a later one, to which the longest match would give them. */
function shadows(earlier: string, later: string): boolean {
  return earlier === later || (!earlier.endsWith("$") && later.startsWith(earlier));
}
