// symgd within this browser: Python in a worker, so that the page never waits.

const HOME = new URL("../python/", import.meta.url);
const usual = self.fetch.bind(self);
const SITE_PACKAGES = "/lib/python3.14/site-packages";

// Bytes as they come, and as they are without their packing where they are packed.
async function bytes(name, tell) {
  const response = await usual(new URL(name, HOME));
  if (!response.ok) throw new Error(`${name} cannot be fetched.`);
  const counted = new TransformStream({
    transform(chunk, control) {
      tell(chunk.length);
      control.enqueue(chunk);
    },
  });
  const stream = response.body.pipeThrough(counted);
  return name.endsWith(".gz") ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
}

const BOOT = `
import io, json, sys, tarfile
from compression import zstd
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder

def unpack(buffer):
    with tarfile.open(fileobj=io.BytesIO(zstd.decompress(buffer.to_bytes()))) as archive:
        archive.extractall("SITE_PACKAGES", filter="data")
    invalidate_caches()

class Rest(MetaPathFinder):
    """What a rarer question needs comes when it is first needed; a worker may wait for it."""
    fetched = False

    def find_spec(self, name, path=None, target=None):
        if Rest.fetched or name.split(".")[0] not in ("symgd", "sympy", "mpmath", "latex2mathml"):
            return None
        Rest.fetched = True
        if not fetch_rest():
            Rest.fetched = False  # there is no network, and it was not kept
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)):
                return spec
        return None

sys.meta_path.append(Rest())

def answer_text(text):
    from symgd.hosts.web.answers import answer
    return json.dumps(answer(json.loads(text)))
`;

async function start() {
  const site = await (await fetch(new URL("site.json", import.meta.url))).json();
  const needed = ["pyodide.asm.mjs", "pyodide.asm.wasm.gz", "python_stdlib.zip", "symgd.tar.zst"];
  const total = needed.reduce((sum, name) => sum + site.sizes[`python/${name}`], 0);
  let come = 0;
  const tell = (count) => {
    come += count;
    postMessage({ progress: 0.6 * Math.min(1, come / total), stage: "Fetching Python and symgd …" });
  };
  const modules = bytes("symgd.tar.zst", tell).then((stream) => new Response(stream).arrayBuffer());
  self.fetch = async (resource, options) => {
    const name = String(resource.url ?? resource).split("/").pop();
    if (name === "pyodide.asm.wasm") {
      return new Response(await bytes("pyodide.asm.wasm.gz", tell), { headers: { "Content-Type": "application/wasm" } });
    }
    if (name === "python_stdlib.zip") return new Response(await bytes(name, tell));
    return usual(resource, options);
  };
  const { loadPyodide } = await import(new URL("pyodide.mjs", HOME).href);
  const python = await loadPyodide({ indexURL: HOME.href });
  postMessage({ progress: 0.7, stage: "Loading symgd …" });
  python.runPython(BOOT.replace("SITE_PACKAGES", SITE_PACKAGES));
  const unpack = python.globals.get("unpack");
  unpack(new Uint8Array(await modules));
  python.globals.set("fetch_rest", () => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL("rest.tar.zst", HOME).href, false);
    request.responseType = "arraybuffer";
    try {
      request.send();
    } catch {
      return false;
    }
    if (request.status !== 200) return false;
    unpack(new Uint8Array(request.response));
    return true;
  });
  const answerText = python.globals.get("answer_text");
  return answerText;
}

const started = start();
started.then(() => {
  postMessage({ ready: true });
  usual(new URL("rest.tar.zst", HOME)).catch(() => {}); // kept for when there is no network
}, (error) => postMessage({ failed: String(error).slice(-400) }));

addEventListener("message", async ({ data }) => {
  const answerText = await started;
  let text;
  try {
    text = answerText(JSON.stringify(data.request));
  } catch (error) {
    text = JSON.stringify({ error: { kind: "internal", field: null, at: null, sentence: `symgd ended in the middle of this (${String(error).slice(-120)}).` } });
  }
  postMessage({ id: data.id, text });
});
