// symgd within this browser: Python in a worker, so that the page never waits.
//
// A worker of the name "memory" answers nothing: it starts, asks what is asked most, and keeps
// Python's memory as it is then. Later starts begin with that memory, and load nothing.

const HOME = new URL("../python/", import.meta.url);
const MEMORY = new URL("memory.gz", HOME).href; // nothing of a server: only the browser has it
const usual = self.fetch.bind(self);
const SITE_PACKAGES = "/lib/python3.14/site-packages";
const PAGE = 65_536; // bytes by which a memory grows
const MAKES_MEMORY = self.name === "memory";
// What is loaded and set up in a memory that is kept.
const WARM = [
  { ask: "derive" }, { ask: "derive", activation: "tanh" }, { ask: "numbers" },
  { ask: "check", text: "C = w^2\ndC/dw = 2*w" }, { ask: "practise" }, { ask: "read", line: "x" },
];
const KINDS = new Set(WARM.map(({ ask }) => ask));
const PAUSE = 500; // milliseconds

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
from importlib import invalidate_caches
from importlib.abc import MetaPathFinder

bring = None  # set where questions are answered: whether it brought more files

def unpack(buffer):
    with tarfile.open(fileobj=io.BytesIO(buffer.to_bytes()), mode="r:zst") as archive:
        archive.extractall("SITE_PACKAGES", filter="data")
    invalidate_caches()

class Rest(MetaPathFinder):
    """What a rarer question needs comes when it is first needed; a worker may wait for it."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in ("symgd", "sympy", "mpmath", "latex2mathml"):
            return None
        while bring is not None and bring():
            for finder in sys.meta_path:
                if finder is not self and (spec := finder.find_spec(name, path, target)):
                    return spec
        return None

sys.meta_path.append(Rest())

def answer_text(text):
    from symgd.hosts.web.answers import answer
    return json.dumps(answer(json.loads(text)))
`;

// Python, with a memory that was kept where there is one.
async function loaded(tell, memory = null) {
  self.fetch = async (resource, options) => {
    const name = String(resource.url ?? resource).split("/").pop();
    if (name === "pyodide.asm.wasm") {
      return new Response(await bytes("pyodide.asm.wasm.gz", tell), { headers: { "Content-Type": "application/wasm" } });
    }
    if (name === "python_stdlib.zip") return new Response(await bytes(name, tell));
    return usual(resource, options);
  };
  const { loadPyodide } = await import(new URL("pyodide.mjs", HOME).href);
  if (!memory) return loadPyodide({ indexURL: HOME.href, _makeSnapshot: MAKES_MEMORY });
  const { default: create } = await import(new URL("pyodide.asm.mjs", HOME).href);
  // What is kept is longer than the memory that Python begins with, and has to fit in.
  const createPyodideModule = (settings) => {
    const { instantiateWasm } = settings;
    settings.instantiateWasm = (imports, done) => instantiateWasm(imports, (instance, module) => {
      const found = instance.exports.memory;
      found.grow(Math.max(0, Math.ceil((memory.length - found.buffer.byteLength) / PAGE)));
      done(instance, module);
    });
    return create(settings);
  };
  return loadPyodide({ indexURL: HOME.href, _loadSnapshot: memory, createPyodideModule });
}

const cached = (site) => ("caches" in self ? caches.open(`symgd-${site.version}`) : null);

// The memory that was kept, or null.
async function kept(site) {
  const found = await (await cached(site))?.match(MEMORY);
  if (!found) return null;
  const memory = await new Response(found.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  if (memory.byteLength !== Number(found.headers.get("X-Length"))) throw new Error("The memory is not whole.");
  return new Uint8Array(memory);
}

async function keep(site, memory) {
  const packed = new Blob([memory]).stream().pipeThrough(new CompressionStream("gzip"));
  const headers = { "Content-Type": "application/gzip", "X-Length": String(memory.length) };
  await (await cached(site)).put(MEMORY, new Response(await new Response(packed).blob(), { headers }));
}

// What a rarer question needs, read at once: Python waits for it.
function rest() {
  const request = new XMLHttpRequest();
  request.open("GET", new URL("rest.tar.zst", HOME).href, false);
  request.responseType = "arraybuffer";
  try {
    request.send();
  } catch {
    return null; // there is no network, and it was not kept
  }
  return request.status === 200 ? new Uint8Array(request.response) : null;
}

const forget = async (site) => (await cached(site))?.delete(MEMORY);

// Python as it was kept; null where it was not, or where that does not go on.
async function remembered(site, tell) {
  if (MAKES_MEMORY) return null;
  try {
    const memory = await kept(site);
    return memory && await loaded(tell, memory);
  } catch {
    await forget(site);
    return null;
  }
}

async function start() {
  const site = await (await fetch(new URL("site.json", import.meta.url))).json();
  if (MAKES_MEMORY && await (await cached(site)).match(MEMORY)) return null;
  const needed = ["pyodide.asm.mjs", "pyodide.asm.wasm.gz", "python_stdlib.zip", "symgd.tar.zst"];
  const total = needed.reduce((sum, name) => sum + site.sizes[`python/${name}`], 0);
  let come = 0;
  const tell = (count) => {
    come += count;
    postMessage({ progress: 0.6 * Math.min(1, come / total), stage: "starting.fetch" });
  };
  const modules = bytes("symgd.tar.zst", tell).then((stream) => new Response(stream).arrayBuffer());
  const before = await remembered(site, tell);
  const python = before ?? await loaded(tell);
  postMessage({ progress: 0.7, stage: "starting.load" });
  if (!before) python.runPython(BOOT.replace("SITE_PACKAGES", SITE_PACKAGES));
  const call = (name, argument) => {
    const found = python.globals.get(name);
    try {
      return found(argument);
    } finally {
      found.destroy();
    }
  };
  const archives = [() => files, rest];
  const files = new Uint8Array(await modules);
  // The next archive that is not unpacked yet; false where there is none, or it does not come.
  const bring = () => {
    const found = archives[0]?.();
    if (found) {
      archives.shift();
      call("unpack", found);
    }
    return Boolean(found);
  };
  const unpacked = () => { if (archives.length > 1) bring(); };
  if (!before) unpacked();
  if (MAKES_MEMORY) {
    for (const request of WARM) call("answer_text", JSON.stringify(request));
    await keep(site, python.makeMemorySnapshot());
    return null;
  }
  python.globals.set("bring", bring);
  postMessage({ begins: before ? "memory" : "files" });
  const answerText = python.globals.get("answer_text");
  return async (request) => {
    // Files are no part of a memory. What was asked of it before it was kept reads none, and is
    // answered first; a module that it has not brings them.
    if (!KINDS.has(request.ask)) unpacked();
    setTimeout(unpacked, PAUSE);
    try {
      return { text: answerText(JSON.stringify(request)) };
    } catch (error) {
      await forget(site); // in case that what was kept is at fault
      return { failed: String(error).slice(-120) };
    }
  };
}

const started = start();
started.then((answers) => {
  postMessage(answers ? { ready: true } : { kept: true });
  if (answers) usual(new URL("rest.tar.zst", HOME)).catch(() => {}); // for when there is no network
}, (error) => postMessage({ failed: String(error).slice(-400) }));

addEventListener("message", async ({ data }) => {
  const answers = await started;
  postMessage({ id: data.id, ...(await answers(data.request)) });
});
