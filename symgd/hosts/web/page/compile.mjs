// Compiles the modules in sources.zip for the Python of Pyodide: those that loaded.json names into
// symgd.tar.zst, all others into rest.tar.zst. Run by node where a site is made.
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const { loadPyodide } = await import(pathToFileURL(process.argv[2]).href);
const python = await loadPyodide();
python.unpackArchive(new Uint8Array(fs.readFileSync("sources.zip")), "zip", { extractDir: "/sources" });
python.globals.set("loaded_text", fs.readFileSync("loaded.json", "utf-8"));
python.runPython(`
import io, json, os, py_compile, tarfile
from compression import zstd

loaded = set(json.loads(loaded_text))
# Exported files copy functions out of its text.
READ = {"symgd/targets/numpy/functions.py"}
CHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
CLOSE = {zstd.CompressionParameter.compression_level: 19, zstd.CompressionParameter.window_log: 24}

def module(name):
    parts = name.removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

made = {"symgd": io.BytesIO(), "rest": io.BytesIO()}
archives = {name: tarfile.open(fileobj=file, mode="w") for name, file in made.items()}

def add(archive, name, path):
    body = open(path, "rb").read()
    told = tarfile.TarInfo(name)
    told.size = len(body)
    archives[archive].addfile(told, io.BytesIO(body))

for folder, folders, names in os.walk("/sources"):
    folders.sort()
    for file in sorted(names):
        path = os.path.join(folder, file)
        name, into = os.path.relpath(path, "/sources"), "symgd"
        if name in READ:
            add("symgd", name, path)
        if file.endswith(".py"):
            into = "symgd" if module(name) in loaded else "rest"
            # Without docstrings: they are a third of what is sent, and nobody reads them here.
            py_compile.compile(path, "/module.pyc", dfile=name, doraise=True, optimize=2,
                               invalidation_mode=CHECKED)
            path, name = "/module.pyc", name + "c"
        add(into, name, path)
for name, archive in archives.items():
    archive.close()
    with open(f"/{name}.tar.zst", "wb") as file:
        file.write(zstd.compress(made[name].getvalue(), options=CLOSE))
`);
for (const name of ["symgd.tar.zst", "rest.tar.zst"]) fs.writeFileSync(name, python.FS.readFile(`/${name}`));
