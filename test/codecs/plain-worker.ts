import { WORKERS_EFFORT } from "../../src/codecs/plain/efforts.ts";
import { nativePlain } from "../../src/codecs/plain-native.ts";
import { answerCoded } from "./plain-handler.ts";

const codecs = nativePlain(WORKERS_EFFORT);

export default { fetch: (request: Request) => answerCoded(request, codecs) };
