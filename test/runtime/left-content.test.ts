import { expect, test } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { MadeBody } from "../../src/pipeline/body.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { watchAnswer, watchRequest } from "../../src/runtime/web/watch-response.ts";
import type { RequestEvent } from "../../src/telemetry/event.ts";
import { silentLog } from "../../src/telemetry/log.ts";
import { createRecorder } from "../../src/telemetry/record.ts";

test("a client that leaves ends the content at once, although the origin server is silent", async () => {
  const events: RequestEvent[] = [];
  const recorder = createRecorder([{ take: (event) => void events.push(event) }], silentLog);
  const client = new AbortController();
  const raw = new Request("https://site.example/", { signal: client.signal });
  const request = new WebRequest(raw);
  const record = watchRequest(request, { version: "1.1", address: undefined }, recorder);
  const endings: string[] = [];
  record?.whenEnded(({ end }) => void endings.push(end));

  let isCancelled = false;
  const silent = new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) });
  const answer = { status: 200, fields: new FieldList(), body: new MadeBody(silent) };
  if (record !== undefined) record.status = 200;
  const { body } = watchAnswer(answer, record);
  const reading = (body as MadeBody).open().getReader().read();
  client.abort();
  await reading;
  expect([isCancelled, endings]).toEqual([true, ["client-gone"]]);
  expect(events.map(({ end }) => end)).toEqual(["client-gone"]);
});
