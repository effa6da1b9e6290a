import type { FurtherContext } from "../../src/audit/further/further-check.ts";
import type { CheckedItem } from "../../src/audit/model.ts";
import { checkItem } from "../../src/audit/run.ts";
import type { AuditSend } from "../../src/audit/reply.ts";
import { openSite } from "../../src/audit/site.ts";
import { findSigns } from "../../src/audit/signs.ts";
import { ALL_FURTHER } from "../../src/cli/audit/further-checks.ts";
import { SITE } from "./scripted-site.ts";

/** Runs a check beyond the public scanner. */
export async function runFurther(
  id: string,
  send: AuditSend,
  site = SITE,
  more: Partial<FurtherContext> = {},
): Promise<CheckedItem> {
  const opened = await openSite(new URL(site), {
    send,
    headers: { "accept-encoding": "gzip, br" },
    ignoresRobots: false,
  });
  const check = ALL_FURTHER.find((each) => each.id === id);
  if (check === undefined) throw new Error(`no check ${id}`);
  let count = 0;
  const context = {
    site: opened,
    isCommerce: false,
    dns: undefined,
    signs: () => findSigns(opened),
    maxPages: 3,
    invent: () => `new-${count++}`,
    ...more,
  };
  return checkItem(
    context,
    (whole) => check.run({ ...context, ...whole }),
    () => 0,
  );
}
