-- Instants are UTC microseconds, 0 where there is none. Local dates are text.
-- BYTEA is a blob on both engines.

-- +goose Up
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- A counter's row is locked to the end of the transaction that takes a number,
-- so that numbers become visible in their order.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('article', 0);

-- The version of a scope grows with every change to what its pages and feeds show.
CREATE TABLE scopes (
    scope   TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

CREATE TABLE articles (
    id          TEXT PRIMARY KEY,
    given_id    TEXT NOT NULL,             -- as the front matter says, or empty
    guid        TEXT NOT NULL UNIQUE,
    slug        TEXT NOT NULL UNIQUE,
    wanted_slug TEXT NOT NULL,             -- before it was made unique
    body_hash   TEXT NOT NULL,             -- finds the article again when its file was renamed
    seq         BIGINT NOT NULL DEFAULT 0, -- 0 until first visible
    state       TEXT NOT NULL,
    pass        TEXT NOT NULL DEFAULT '',  -- the unfinished pass that brought it; not to be published yet
    published   BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    volume      TEXT NOT NULL,
    number      TEXT NOT NULL,
    source      TEXT NOT NULL,
    file        TEXT NOT NULL,
    first_seen  BIGINT NOT NULL,
    doc         TEXT NOT NULL,             -- the article without its body, as JSON
    html        TEXT NOT NULL,
    teaser      TEXT NOT NULL
);
CREATE INDEX articles_seq ON articles (seq);
CREATE INDEX articles_due ON articles (published) WHERE state = 'scheduled';
CREATE INDEX articles_expiring ON articles (expires) WHERE expires > 0 AND state = 'published';
CREATE INDEX articles_pass ON articles (pass) WHERE pass <> '';
CREATE INDEX articles_given ON articles (given_id) WHERE given_id <> '';
CREATE INDEX articles_body ON articles (body_hash);

-- Every slug that an article ever had.
CREATE TABLE article_slugs (
    slug       TEXT PRIMARY KEY,
    article_id TEXT NOT NULL
);

CREATE INDEX article_slugs_article ON article_slugs (article_id);

-- Where an article appears; seq is 0 while it is not visible.
CREATE TABLE article_scopes (
    article_id TEXT NOT NULL,
    scope      TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    name       TEXT NOT NULL, -- of the author or section, as the article prints it
    PRIMARY KEY (article_id, scope)
);
CREATE INDEX article_scopes_scope ON article_scopes (scope, seq);

-- The slugs of ours that an article names as related: its feeds print what
-- those articles are called.
CREATE TABLE article_related (
    article_id TEXT NOT NULL,
    slug       TEXT NOT NULL,
    PRIMARY KEY (article_id, slug)
);
CREATE INDEX article_related_slug ON article_related (slug);

CREATE TABLE authors (
    slug  TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    given BIGINT NOT NULL, -- 1 where a file of its own says so, 0 where a byline does
    doc   TEXT NOT NULL
);
CREATE TABLE sections (
    slug  TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    given BIGINT NOT NULL, -- as with authors
    doc   TEXT NOT NULL
);
CREATE TABLE issues (
    volume       TEXT NOT NULL,
    number       TEXT NOT NULL,
    given        BIGINT NOT NULL,
    state        TEXT NOT NULL,
    cover_date   BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    doc          TEXT NOT NULL,
    PRIMARY KEY (volume, number)
);
CREATE INDEX issues_cover ON issues (cover_date);

-- What was last read of each file of a source.
CREATE TABLE files (
    source     TEXT NOT NULL,
    path       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    modified   BIGINT NOT NULL, -- nanoseconds, as the file system says
    hash       TEXT NOT NULL,
    reader     TEXT NOT NULL,   -- revision of what read it: program and publication settings
    state      TEXT NOT NULL,   -- article, held, data, gone
    article_id TEXT NOT NULL,
    title      TEXT NOT NULL,
    uses       TEXT NOT NULL,   -- JSON list of the files it shows
    problems   TEXT NOT NULL,   -- JSON list
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (source, path)
);
CREATE INDEX files_article ON files (article_id);

CREATE TABLE media (
    hash   TEXT PRIMARY KEY,
    type   TEXT NOT NULL,
    width  BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    data   BYTEA NOT NULL
);
-- The file that a media item was made from, and its form for mails.
CREATE TABLE media_files (
    source   TEXT NOT NULL,
    path     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    doc      TEXT NOT NULL,
    PRIMARY KEY (source, path)
);

CREATE TABLE subscribers (
    id        TEXT PRIMARY KEY,
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    state     TEXT NOT NULL,
    timezone  TEXT NOT NULL,
    created   BIGINT NOT NULL,
    confirmed BIGINT NOT NULL
);
CREATE TABLE subscriptions (
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    state         TEXT NOT NULL,
    served        BIGINT NOT NULL,
    created       BIGINT NOT NULL,
    ended         BIGINT NOT NULL, -- when the person last left it; 0: never
    PRIMARY KEY (newsletter, subscriber_id)
);
CREATE INDEX subscriptions_subscriber ON subscriptions (subscriber_id);
CREATE TABLE follows (
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    kind          TEXT NOT NULL,
    slug          TEXT NOT NULL,
    served        BIGINT NOT NULL,
    PRIMARY KEY (newsletter, subscriber_id, kind, slug)
);
CREATE INDEX follows_subscriber ON follows (subscriber_id);
-- What a person asked for and has to confirm; afterwards the record of consent.
CREATE TABLE signups (
    id            TEXT PRIMARY KEY,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    request       TEXT NOT NULL,
    origin        TEXT NOT NULL, -- the form or command
    client        TEXT NOT NULL, -- the network address it came from, or empty
    created       BIGINT NOT NULL,
    asked         BIGINT NOT NULL, -- 1 where it is to be confirmed by mail
    mailed        BIGINT NOT NULL,
    confirmed     BIGINT NOT NULL
);
CREATE INDEX signups_subscriber ON signups (subscriber_id);
-- An address that must not be mailed. It wins over everything.
CREATE TABLE suppressions (
    email_key TEXT PRIMARY KEY,
    reason    TEXT NOT NULL,
    created   BIGINT NOT NULL
);

CREATE TABLE schedules (
    newsletter TEXT NOT NULL,
    name       TEXT NOT NULL,
    handled    BIGINT NOT NULL, -- every occurrence up to here is dealt with
    PRIMARY KEY (newsletter, name)
);
CREATE TABLE occurrences (
    newsletter TEXT NOT NULL,
    schedule   TEXT NOT NULL,
    day        TEXT NOT NULL, -- nominal local date
    slot       TEXT NOT NULL, -- nominal HH:MM
    at         BIGINT NOT NULL,
    edition_id TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    PRIMARY KEY (newsletter, schedule, day, slot)
);

CREATE TABLE editions (
    id         TEXT PRIMARY KEY,
    newsletter TEXT NOT NULL,
    key        TEXT NOT NULL UNIQUE,
    maker      TEXT NOT NULL,
    state      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    nominal    BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    cutoff     BIGINT NOT NULL,
    cutoff_at  BIGINT NOT NULL,
    finished   BIGINT NOT NULL
);
CREATE INDEX editions_state ON editions (state);
-- What an edition prints of each candidate, fixed at its cut-off.
CREATE TABLE edition_articles (
    edition_id TEXT NOT NULL,
    article_id TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    doc        TEXT NOT NULL,
    PRIMARY KEY (edition_id, article_id)
);
-- The message that a group of people shares.
CREATE TABLE edition_messages (
    edition_id TEXT NOT NULL,
    group_key  TEXT NOT NULL,
    mail       TEXT NOT NULL,
    PRIMARY KEY (edition_id, group_key)
);
-- The work of an edition: subscribers above first_id, up to last_id; those up
-- to next_id are done. Owner and fence are checked by every commit.
CREATE TABLE edition_ranges (
    edition_id TEXT NOT NULL,
    last_id    TEXT NOT NULL,
    first_id   TEXT NOT NULL,
    next_id    TEXT NOT NULL,
    state      TEXT NOT NULL, -- open, done
    owner      TEXT NOT NULL,
    fence      BIGINT NOT NULL,
    lease      BIGINT NOT NULL,
    had_none   BIGINT NOT NULL,
    PRIMARY KEY (edition_id, last_id)
);
CREATE INDEX edition_ranges_open ON edition_ranges (lease) WHERE state = 'open';

CREATE TABLE deliveries (
    edition_id    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL,
    newsletter    TEXT NOT NULL,
    email         TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    code          BIGINT NOT NULL,
    enhanced      TEXT NOT NULL,
    reply         TEXT NOT NULL,
    relay         TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    owner         TEXT NOT NULL DEFAULT '', -- who is trying a deferred one again,
    lease         BIGINT NOT NULL DEFAULT 0, -- until when
    PRIMARY KEY (edition_id, subscriber_id)
);
CREATE INDEX deliveries_subscriber ON deliveries (subscriber_id);
CREATE INDEX deliveries_open ON deliveries (next_at) WHERE state = 'deferred';
CREATE INDEX deliveries_deferred ON deliveries (edition_id) WHERE state = 'deferred';

-- The daemons that run, by their last sign of life.
CREATE TABLE nodes (
    id        TEXT PRIMARY KEY,
    started   BIGINT NOT NULL,
    heartbeat BIGINT NOT NULL
);
