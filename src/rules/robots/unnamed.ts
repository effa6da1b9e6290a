import type { Bot } from "../../agent/bots.ts";
import type { GroupPolicy } from "./group-policy.ts";
import type { Unsaid } from "./setting.ts";

/** The most names in one message. */
const SHOWN = 6;

/** The rules that say something of bots that no file can name, since their names are no tokens. */
export function unsaidByUnnamed(
  bots: readonly Bot[],
  groupOf: (bot: Bot) => GroupPolicy,
): readonly Unsaid[] {
  const found = new Map<string, { setting: GroupPolicy["own"][number]; names: string[] }>();
  for (const bot of bots) {
    for (const setting of groupOf(bot).own) {
      const key = JSON.stringify(setting);
      const each = found.get(key) ?? { setting, names: [] };
      each.names.push(bot.name);
      found.set(key, each);
    }
  }
  return Array.from(found.values(), ({ setting, names }) => {
    const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
    const list = names.slice(0, SHOWN).join(", ") + more;
    const why = `no group can name ${list}, which have no token for robots.txt, so they read the group of "*"`;
    return { ...setting, why, isOfUnnamed: true };
  });
}
