import {
  array,
  boolean,
  constant,
  constantFrom,
  oneof,
  option,
  record,
  tuple,
  uniqueArray,
} from "fast-check";

const segment = constantFrom("a", "b", "ab", "c.pdf", "feed");
const literal = tuple(array(segment, { minLength: 1, maxLength: 3 }), boolean()).map(
  ([parts, slash]) => `/${parts.join("/")}${slash ? "/" : ""}`,
);

/** Patterns of rules that robots.txt can express for addresses without such texts in their query. */
const pattern = oneof(
  { weight: 4, arbitrary: literal.map((text) => `${text}*`) },
  { weight: 2, arbitrary: literal },
  { weight: 1, arbitrary: constantFrom("/*", "/*.pdf", "/*/feed/*", "/a*b/*", "/a/*/b") },
  {
    weight: 1,
    arbitrary: constantFrom("/:x", "/a/:x", "/:x/b", "/:x/feed/:y", "/:x/*", "/a/:x.pdf"),
  },
);

const agent = oneof(
  constant(undefined),
  constantFrom(
    { name: "GPTBot" },
    { name: ["Googlebot", "bingbot"] },
    { category: "AI Crawler" },
    { behaviour: "Training" },
    { behaviour: "Search" },
    { operator: "OpenAI" },
    { name: "GPTBot", evidence: "verified" },
    { name: "GPTBot", evidence: "signature" },
    { name: "GPTBot", verdict: "claimed" },
    { verdict: ["claimed", "anonymous"] },
  ),
);

const rule = record({
  path: option(oneof(pattern, array(pattern, { minLength: 1, maxLength: 3 })), {
    nil: undefined,
  }),
  agent,
  host: constantFrom(undefined, undefined, undefined, "www.example.com", "other.example"),
  action: constantFrom("allow", "block", "block", "ask"),
  mode: constantFrom("enforce", "enforce", "enforce", "observe", "off"),
  percentage: constantFrom(100, 100, 100, 50),
}).map(({ path, agent, host, ...gate }) => ({ match: { path, agent, host }, gate }));

/** Rules with a guard. */
export const rules = array(rule, { maxLength: 6 }).map((list) => ({
  rules: list.map((each, i) => Object.assign({ name: `rule ${i}` }, each)),
}));

const line = oneof(
  tuple(
    constantFrom("Allow", "Disallow", "Disallow"),
    oneof(
      literal,
      literal.map((text) => `${text}$`),
      constantFrom("", "/", "/*", "/*?", "/*.pdf$", "/a*b", "/*/feed/", "/a/*?q=", "/**b$"),
    ),
  ).map(([name, value]) => `${name}: ${value}`),
  constantFrom("# a remark", "", "Foo: bar", "Sitemap: https://www.example.com/map.xml", "junk"),
);

const group = tuple(
  uniqueArray(constantFrom("*", "GPTBot", "gptbot", "Googlebot", "FooBot", "ClaudeBot"), {
    minLength: 1,
    maxLength: 3,
  }),
  array(line, { maxLength: 6 }),
  constantFrom("Disallow:", "Disallow: /b", "Allow: /a/"),
).map(([agents, lines, last]) =>
  [...agents.map((each) => `User-agent: ${each}`), last, ...lines].join("\n"),
);

/** The origin server's file; undefined if it has none. */
export const origin = option(
  tuple(array(group, { maxLength: 4 }), constantFrom("\n", "\n\n")).map(([groups, gap]) =>
    groups.join(gap),
  ),
  { nil: undefined },
);

/** A path, perhaps with a query. */
export const target = tuple(literal, constantFrom("", "", "?q=1")).map(
  ([path, query]) => path + query,
);
