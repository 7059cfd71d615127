# One image for web, worker, beat and the commands; docker-compose.yml shows how they fit together.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    # Celery reads it when it starts: TERM hands running work back to the queue.
    REMAP_SIGTERM=SIGQUIT \
    TECHDESK_VAR=/var/lib/techdesk

WORKDIR /srv/techdesk

# The requirements alone first: a change of ours does not install them anew.
COPY requirements/base.txt requirements/base.txt
RUN pip install --require-hashes --only-binary :all: -r requirements/base.txt

COPY . .
RUN TECHDESK_SECRET_KEY=only-while-building python manage.py compile_texts \
    && python -m compileall -q techdesk devices tickets testing_events training media_center \
    && useradd --system --no-create-home --uid 10001 techdesk \
    && install -d -o techdesk -g techdesk /var/lib/techdesk

USER techdesk
VOLUME /var/lib/techdesk
EXPOSE 8000
# Asked under the name people use: no other name is answered.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os; from urllib.parse import urlsplit; from urllib.request import Request, urlopen; urlopen(Request('http://127.0.0.1:8000/healthz', headers={'Host': urlsplit(os.environ['TECHDESK_BASE_URL']).netloc}), timeout=4)"]

CMD ["gunicorn", "techdesk.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--preload", "--no-control-socket", "--access-logfile", "-"]
