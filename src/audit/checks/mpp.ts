import { isObject } from "../../http/json.ts";
import { advise, type AuditCheck } from "../check.ts";
import { notApplicable } from "../model.ts";
import { ACCEPT_JSON } from "../site.ts";

const goal = "state the price of API operations in the OpenAPI document (MPP)";

export const mpp: AuditCheck = {
  id: "mpp",
  category: "commerce",
  title: "Machine Payment Protocol",
  goal,
  specs: ["https://mpp.dev/advanced/discovery"],
  guide: "mpp",
  async run({ site, trail, signs, isCommerce }) {
    trail.fetched(await site.get("/openapi.json", { accept: ACCEPT_JSON }), undefined, "neutral");
    const { openApi } = await signs();
    if (openApi === undefined)
      return notApplicable("the site has no OpenAPI document in which prices could stand", "fail");
    const paths = openApi["paths"];
    const operations = Object.values(isObject(paths) ? paths : {}).flatMap((path) =>
      isObject(path) ? Object.values(path) : [],
    );
    const paid = operations.filter(
      (each) => isObject(each) && isObject(each["x-payment-info"]),
    ).length;
    trail.note(
      "parse",
      "x-payment-info",
      paid > 0 ? "positive" : "neutral",
      `${paid} of ${operations.length} operations`,
    );
    if (paid > 0) return { status: "pass", message: `MPP: ${paid} operations state a price` };
    if (!isCommerce) return notApplicable("no operation of the API has a price", "fail");
    return {
      status: "fail",
      message: "MPP: no operation has x-payment-info",
      advice: advise(site, goal, {
        origin:
          "Add x-payment-info (intent, method, amount, currency) to each operation of /openapi.json that costs something. If none does, this check does not concern the site.",
      }),
    };
  },
};
