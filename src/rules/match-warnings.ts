import type { Bot } from "../agent/bots.ts";
import { quote, type PathStep } from "./fault.ts";
import { canonicalHost, withoutPort } from "./hosts.ts";
import { botsMatched, namesBots } from "./match.ts";
import { compilePath, hasDotSegment } from "./path-match.ts";
import type { AgentMatch, Rule } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import { verdictWarner } from "./verdict-warnings.ts";
import { eachWord, type ValidRules, type Warn } from "./warn.ts";

/** Warns of parts of a rule's match that no request can fit. */
export function matchWarner({ rules: file, bots }: ValidRules, warn: Warn) {
  const known = {
    name: bots.map(({ name }) => name),
    operator: [...new Set(bots.map(({ operator }) => operator))],
  };
  const { publicOrigin } = file;
  const warnOfVerdict = verdictWarner(file, bots, warn);
  const publicHost = publicOrigin === undefined ? undefined : new URL(publicOrigin).host;

  return ({ match }: Rule, path: readonly PathStep[]): void => {
    const at = [...path, "match"];
    const never = (where: readonly PathStep[], message: string): void =>
      warn(where, "never-matches", message);
    eachWord(match.path, [...at, "path"], warn, (word, where) => {
      if (!hasDotSegment(compilePath(word))) return;
      never(where, 'no path has "." or ".." as a segment once it is resolved');
    });
    if (typeof match.query === "string" || Array.isArray(match.query)) {
      eachWord(match.query, [...at, "query"], warn, () => {});
    }
    eachWord(match.method, [...at, "method"], warn, (word, where) => {
      if (word === "TRACE" || word === "CONNECT") never(where, `${word} is never forwarded`);
      if (word === word.toUpperCase()) return;
      const hint = `methods are upper case, ${quote(word.toUpperCase())}`;
      never(where, `no request has the method ${quote(word)}; ${hint}`);
    });
    eachWord(match.host, [...at, "host"], warn, (word, where) => {
      const fault = hostFault(word, publicHost);
      if (fault !== undefined) never(where, fault);
    });
    const { agent } = match;
    if (agent === undefined) return;
    let isKnown = true;
    for (const kind of ["name", "operator"] as const) {
      eachWord(agent[kind], [...at, "agent", kind], warn, (word, where) => {
        if (known[kind].includes(word)) return;
        isKnown = false;
        const hint = didYouMean(word, known[kind]);
        never(where, `no bot in the table has the ${kind} ${quote(word)}${hint}`);
      });
    }
    for (const kind of ["category", "behaviour", "verdict", "address", "country"] as const) {
      eachWord(agent[kind], [...at, "agent", kind], warn, () => {});
    }
    if (!isKnown || hasEmptyList(agent)) return;
    const fault = agentFault(agent, bots);
    if (fault !== undefined) never([...at, "agent"], fault);
    else warnOfVerdict(agent, [...at, "agent"]);
  };
}

function hostFault(word: string, publicHost: string | undefined): string | undefined {
  if (/[/\s*@?#]/.test(word)) {
    return `no request has the host ${quote(word)}; write it like "www.example.com"`;
  }
  const host = canonicalHost(word);
  if (/:(?:80|443)$/.test(host)) {
    return `a scheme's own port is left out: ${quote(withoutPort(host))}`;
  }
  if (publicHost === undefined) return undefined;
  if (host === publicHost || host === withoutPort(publicHost)) return undefined;
  return `with "publicOrigin", every request has the host ${quote(publicHost)}`;
}

function hasEmptyList({ exceptBehaviour: _none, ...agent }: AgentMatch): boolean {
  return Object.values(agent).some((value) => Array.isArray(value) && value.length === 0);
}

function agentFault(agent: AgentMatch, bots: readonly Bot[]): string | undefined {
  if (!namesBots(agent)) return undefined;
  const { evidence: _evidence, ...rest } = agent;
  const matched = botsMatched(rest, bots);
  if (matched.length === 0) return "no bot in the table meets all these conditions";
  if (matched.some(({ robotsOnly }) => !robotsOnly)) return undefined;
  const names = matched.map(({ name }) => name).join(", ");
  return `${names} is a name in robots.txt only, which no request carries`;
}
