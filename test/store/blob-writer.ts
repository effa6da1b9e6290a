// A process that writes large blobs until it is killed: `blob-writer.ts PATH`; prints a line for each
// that the store has accepted. The last byte of a blob's name is that of all its bytes.
import process from "node:process";
import { lastingSqliteStore } from "../../src/store/adapters/sqlite/lasting-store.ts";

const [path = ""] = process.argv.slice(2);
const now = (): number => 1_800_000_000;
const store = lastingSqliteStore(path, { now, tell: () => {}, maxBytes: 64 * 1024 * 1024 });
for (let i = 0; ; i = (i + 1) % 20) {
  await store.blobs.put(`blob ${i}`, new Uint8Array(8 * 1024 * 1024).fill(i), 6000);
  process.stdout.write(`${i}\n`);
}
