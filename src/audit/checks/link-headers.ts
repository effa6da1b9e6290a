import { parseLinks } from "../../http/link.ts";
import { advise, type AuditCheck } from "../check.ts";

const goal = "name documents for agents in the Link field of the home page";

/** The relations that count. */
const USEFUL = new Set(["api-catalog", "service-desc", "service-doc", "describedby"]);

export const linkHeaders: AuditCheck = {
  id: "linkHeaders",
  category: "discoverability",
  title: "Link fields",
  goal,
  specs: [
    "https://www.rfc-editor.org/rfc/rfc8288",
    "https://www.rfc-editor.org/rfc/rfc9727#section-3",
  ],
  guide: "link-headers",
  async run({ site, trail }) {
    trail.fetched(site.homeReply);
    const value = site.homeReply.fields.get("link");
    const rels = [...new Set(parseLinks(value).flatMap(({ rel }) => rel))];
    const useful = rels.filter((rel) => USEFUL.has(rel));
    trail.note(
      "parse",
      "Link",
      useful.length > 0 ? "positive" : "negative",
      rels.join(", ") || "no relation",
    );
    if (useful.length > 0) {
      return {
        status: "pass",
        message: `Found agent-useful Link relations: ${useful.join(", ")}`,
        details: { relations: useful },
      };
    }
    return {
      status: "fail",
      message:
        value === undefined
          ? "No Link headers found on homepage"
          : "No agent-useful Link relations found on homepage",
      advice: advise(site, goal, {
        rules: { defaults: { documents: true } },
        origin:
          'Publish /llms.txt, a list of the pages in markdown, and send Link: </llms.txt>; rel="describedby"; type="text/markdown" with the home page. Name only documents that exist.',
      }),
    };
  },
};
