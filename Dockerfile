# A public instance of the workbench, behind a proxy that speaks TLS.
#
#   docker build -t symgd .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     --memory 5g --pids-limit 256 -p 127.0.0.1:8765:8765 -e SYMGD_WEB_NAMES=derive.example.org symgd
#
# Every option of `symgd serve` is a variable of the environment; docs/workbench.md has them.
FROM python:3.12-slim AS built
WORKDIR /source
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY symgd ./symgd
RUN python -m venv /opt/symgd \
 && /opt/symgd/bin/pip install --no-cache-dir ".[web]" \
 && /opt/symgd/bin/python -m compileall -q /opt/symgd/lib

FROM python:3.12-slim
COPY --from=built /opt/symgd /opt/symgd
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin symgd
USER 10001
ENV PATH=/opt/symgd/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SYMGD_WEB_HOST=0.0.0.0 \
    SYMGD_WEB_PORT=8765 \
    SYMGD_WEB_WORKERS=2 \
    SYMGD_WEB_QUEUE=64 \
    SYMGD_WEB_SECONDS=15 \
    SYMGD_WEB_MEMORY=2000
EXPOSE 8765
# 200 once a process is warm, which takes a few seconds.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['SYMGD_WEB_PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["symgd", "serve"]
