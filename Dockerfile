# syntax=docker/dockerfile:1
# Built in one image and run in another, which holds neither pip nor a compiler, as a user who may write into /data alone.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/nextplay
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY agent agent
COPY tools tools
COPY integrations integrations
COPY evals evals
COPY prompts prompts
RUN /opt/nextplay/bin/python -m pip install --constraint constraints.txt ".[postgres,semantic,otel]" \
 && /opt/nextplay/bin/python -m pip uninstall --yes pip \
 && /opt/nextplay/bin/python -m compileall -q /opt/nextplay/lib

FROM python:3.13-slim AS run
RUN useradd --system --uid 10001 --home-dir /data --create-home nextplay \
 && install --directory --owner=nextplay --mode=0700 /audit
COPY --from=build /opt/nextplay /opt/nextplay
ENV PATH=/opt/nextplay/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NEXTPLAY_HOST=0.0.0.0 \
    NEXTPLAY_PORT=8000 \
    NEXTPLAY_DATABASE_URL=sqlite:////data/nextplay.db \
    NEXTPLAY_AUDIT_KEY_FILE=/data/nextplay.audit-key
USER nextplay
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Its exit code alone: 503 while the database does not answer or nobody drives.
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['NEXTPLAY_PORT'] + '/readyz', timeout=4)"]
ENTRYPOINT ["nextplay"]
CMD ["serve"]
