import { workersPlainCodecs } from "../../src/runtime/workers/plain-codecs.ts";
import { answerCoded } from "./plain-handler.ts";

const codecs = workersPlainCodecs();

export default { fetch: (request: Request) => answerCoded(request, codecs) };
