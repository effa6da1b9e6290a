import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Reads the entries of the Durable Objects of a workerd that stores them in a folder. */
export function workerEntries(folder: string): { readonly kind: string; readonly url: string }[] {
  const from = join(folder, "accounts");
  if (!existsSync(from)) return [];
  // A copy, since workerd has the files open.
  const copy = mkdtempSync(join(tmpdir(), "wayleave-ledger-"));
  try {
    cpSync(from, copy, { recursive: true });
    return readdirSync(copy)
      .filter((name) => name.endsWith(".sqlite"))
      .flatMap((name) => {
        const database = new DatabaseSync(join(copy, name));
        try {
          const table = "SELECT 1 FROM sqlite_master WHERE name = 'account_entries'";
          if (database.prepare(table).get() === undefined) return [];
          const all = "SELECT kind, url FROM account_entries ORDER BY seq";
          return database.prepare(all).all() as never[];
        } finally {
          database.close();
        }
      });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
