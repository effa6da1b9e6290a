import * as v from "valibot";
import {
  fault,
  faultsBy,
  open,
  reference,
  some,
  text,
  warning,
  type DocumentIssue,
} from "./issue.ts";
import type { JsonCheck } from "./json-kinds.ts";

/** The path of the index of agent skills, version 0.2.0. */
export const SKILLS_INDEX = "/.well-known/agent-skills/index.json";

const SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";

const DIGEST = /^sha256:[0-9a-f]{64}$/;

const skill = open({
  name: v.pipe(
    text,
    v.maxLength(64, "must have 64 characters at most"),
    v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "must consist of a-z, 0-9 and single hyphens inside"),
  ),
  type: v.picklist(["skill-md", "archive"], 'must be "skill-md" or "archive"'),
  description: v.pipe(text, v.maxLength(1024, "must have 1024 characters at most")),
  url: reference,
  digest: v.optional(
    v.pipe(v.string(), v.regex(DIGEST, 'must be "sha256:" and 64 hexadecimal digits')),
  ),
});

const index = open({
  $schema: v.literal(SCHEMA, `must be ${SCHEMA}`),
  skills: some(skill),
});

/** An entry of the index. */
type Skill = v.InferOutput<typeof skill>;

/** The index of agent skills; digests of artifacts that the proxy serves may be left out. */
export const checkSkillsIndex: JsonCheck = (value) => {
  const faults = faultsBy(index, value);
  if (faults.length > 0) return faults;
  const { skills } = value as v.InferOutput<typeof index>;
  const names = skills.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? [] : [fault(`skills: two are named ${twice}`)];
};

/** The former index. */
export const checkFormerSkillsIndex: JsonCheck = (value) =>
  faultsBy(open({ skills: some(open({ name: text, description: text })) }), value);

/** A skill of an index without faults, with the path of its artifact if that is on the site. */
interface IndexedSkill extends Pick<Skill, "name" | "type" | "digest"> {
  readonly path: string | undefined;
}

/** The skills of an index without faults. */
export function artifactsOf(content: string, origin: string): readonly IndexedSkill[] {
  const { skills } = JSON.parse(content) as v.InferOutput<typeof index>;
  return skills.map((each) => {
    const url = URL.parse(each.url, origin + SKILLS_INDEX);
    const { name, type, digest } = each;
    return { name, type, digest, path: url?.origin === origin ? url.pathname : undefined };
  });
}

/** The index with the digests of artifacts, by path; a digest that it has already is replaced. */
export function withDigests(
  content: string,
  origin: string,
  digests: ReadonlyMap<string, string>,
): string {
  const value = JSON.parse(content) as v.InferOutput<typeof index>;
  const found = artifactsOf(content, origin).map(({ path }) => digests.get(path ?? ""));
  const skills = value.skills.map((each, at) => {
    const hex = found[at];
    return hex === undefined ? each : { ...each, digest: `sha256:${hex}` };
  });
  return `${JSON.stringify({ ...value, skills }, undefined, 2)}\n`;
}

/** The issues of a skill's SKILL.md: its front matter has a name, which is the skill's, and a description. */
export function checkSkillFile(
  content: string,
  { name }: Pick<Skill, "name">,
): readonly DocumentIssue[] {
  const front = /^---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(content.slice(0, 16_384))?.[1];
  if (front === undefined)
    return [fault("a SKILL.md begins with front matter, between two lines of ---")];
  const lines = front.split(/\r?\n/);
  const valueOf = (key: string): string | undefined =>
    lines
      .find((line) => line.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim();
  const missing = ["name", "description"].filter((key) => (valueOf(key) ?? "") === "");
  if (missing.length > 0) return missing.map((key) => fault(`the front matter has no ${key}`));
  const own = valueOf("name")?.replaceAll(/^["']|["']$/g, "");
  return own === name
    ? []
    : [warning(`the front matter names the skill ${own}, the index ${name}`)];
}
