import robotsParser from "robots-parser";

/** The type of the module, whose declaration has no default of a CommonJS module. */
type Parse = (url: string, text: string) => { isAllowed(url: string, agent: string): boolean };

const SITE = "https://www.example.com";

/** Whether a robots.txt forbids a target to a crawler. */
export type Reader = (text: string) => (agent: string, target: string) => boolean;

/** An independent reader: robots-parser. */
export const independent: Reader = (text) => {
  const robots = (robotsParser as unknown as Parse)(`${SITE}/robots.txt`, text);
  return (agent, target) => !robots.isAllowed(SITE + target, agent);
};

interface Group {
  readonly agents: string[];
  readonly rules: { readonly allow: boolean; readonly path: string; readonly test: RegExp }[];
}

/** The shortest reader that RFC 9309 §2.2 allows. */
export const naive: Reader = (text) => {
  const groups: Group[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    const [name = "", ...rest] = (line.split("#")[0] ?? "").split(":");
    const value = rest.join(":").trim();
    const field = name.trim().toLowerCase();
    let group = groups.at(-1);
    if (field === "user-agent") {
      if (group === undefined || group.rules.length > 0)
        groups.push((group = { agents: [], rules: [] }));
      group.agents.push((value.split("/")[0] ?? "").toLowerCase());
    } else if (group !== undefined && (field === "allow" || field === "disallow")) {
      group.rules.push({ allow: field === "allow", path: value, test: toRegExp(value) });
    }
  }
  return (agent, target) => {
    const named = groups.filter(({ agents }) => agents.includes(agent.toLowerCase()));
    const own = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes("*"));
    const fitting = own
      .flatMap(({ rules }) => rules)
      .filter(({ path, test }) => path !== "" && test.test(target))
      .toSorted((a, b) => b.path.length - a.path.length || Number(b.allow) - Number(a.allow));
    return fitting[0]?.allow === false;
  };
};

function toRegExp(path: string): RegExp {
  const end = path.endsWith("$") ? "$" : "";
  const text = end === "" ? path : path.slice(0, -1);
  const parts = text.split(/\*+/).map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}${end}`, "s");
}
