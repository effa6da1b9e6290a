import { SKILLS_INDEX } from "../../http/discovery/skills.ts";
import { advise, type AuditCheck, type CheckContext } from "../check.ts";
import { findDocument } from "../json-document.ts";
import { notApplicable, unableToCheck, type AuditVerdict } from "../model.ts";

const goal = "publish an index of the site's agent skills";

export const agentSkills: AuditCheck = {
  id: "agentSkills",
  category: "discovery",
  title: "Agent skills",
  goal,
  specs: ["https://github.com/cloudflare/agent-skills-discovery-rfc", "https://agentskills.io/"],
  guide: "agent-skills",
  async run(context) {
    const { site, trail, signs } = context;
    const found = await findDocument(site, trail, [SKILLS_INDEX, "/.well-known/skills/index.json"]);
    switch (found.kind) {
      case "unable":
        return unableToCheck(found.why);
      case "broken":
        return fail(context, `Agent Skills index: ${found.why}`);
      case "absent": {
        const { docs } = await signs();
        if (docs !== undefined)
          return fail(context, `Agent Skills index not found, though ${docs}`);
        return notApplicable(
          "nothing shows documentation from which an agent could learn a skill",
          "fail",
        );
      }
      case "found": {
        const { skills } = found.value;
        const count = Array.isArray(skills) ? skills.length : 0;
        trail.note("validate", "skills", count > 0 ? "positive" : "negative", `${count} skills`);
        if (count === 0) return fail(context, "Agent Skills index has no skills");
        return {
          status: "pass",
          message: "Agent Skills index found",
          details: { path: found.path, skills: count },
        };
      }
    }
  },
};

function fail({ site }: CheckContext, message: string): AuditVerdict {
  return {
    status: "fail",
    message,
    advice: advise(site, goal, {
      rules: skillRules(site.home, site.homePage.title),
      origin:
        "Publish /.well-known/agent-skills/index.json with $schema and one entry for each SKILL.md that teaches a real procedure of the site (name, type, description, url, digest). The skill in the rules says how to read the documentation as markdown; it is true if wayleave's markdown and documents are on.",
    }),
  };
}

/** A skill that is true of each site behind wayleave whose pages are served as markdown. */
function skillRules({ hostname, origin }: URL, title: string): object {
  const host = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  const name = `read-${host}`.slice(0, 60).replace(/-$/, "");
  // A double quote or a line end would break the front matter, and the title is the site's own text.
  const subject =
    title
      .replaceAll(/["\\<>:#\p{Cc}]+/gu, " ")
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, 200) || hostname;
  const description = `Reads ${subject} (${hostname}) as markdown.`;
  const path = `/.well-known/agent-skills/${name}/SKILL.md`;
  const text = [
    "---",
    `name: ${name}`,
    `description: "${description}"`,
    "---",
    "",
    `1. Request ${origin}/llms.txt, which lists the pages with their titles.`,
    "2. Request a page with `Accept: text/markdown`, or add `index.md` to an address that ends in a slash.",
    "",
  ].join("\n");
  const json = {
    $schema: "https://schemas.agentskills.io/discovery/0.2.0/schema.json",
    skills: [{ name, type: "skill-md", description, url: path }],
  };
  return {
    defaults: { documents: true, markdown: true },
    documents: { [SKILLS_INDEX]: { json }, [path]: { text } },
  };
}
