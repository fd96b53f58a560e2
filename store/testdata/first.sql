-- A database of the first release. Never changed after it.
CREATE TABLE article_related (
    article_id TEXT NOT NULL,
    slug       TEXT NOT NULL,
    PRIMARY KEY (article_id, slug)
);
CREATE TABLE article_scopes (
    article_id TEXT NOT NULL,
    scope      TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    name       TEXT NOT NULL, -- of the author or section, as the article prints it
    PRIMARY KEY (article_id, scope)
);
CREATE TABLE article_slugs (
    slug       TEXT PRIMARY KEY,
    article_id TEXT NOT NULL
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
CREATE TABLE authors (
    slug  TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    given BIGINT NOT NULL, -- 1 where a file of its own says so, 0 where a byline does
    doc   TEXT NOT NULL
);
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
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
CREATE TABLE edition_articles (
    edition_id TEXT NOT NULL,
    article_id TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    doc        TEXT NOT NULL,
    PRIMARY KEY (edition_id, article_id)
);
CREATE TABLE edition_messages (
    edition_id TEXT NOT NULL,
    group_key  TEXT NOT NULL,
    mail       TEXT NOT NULL,
    PRIMARY KEY (edition_id, group_key)
);
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
CREATE TABLE follows (
    newsletter    TEXT NOT NULL,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    kind          TEXT NOT NULL,
    slug          TEXT NOT NULL,
    served        BIGINT NOT NULL,
    PRIMARY KEY (newsletter, subscriber_id, kind, slug)
);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
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
CREATE TABLE media (
    hash   TEXT PRIMARY KEY,
    type   TEXT NOT NULL,
    width  BIGINT NOT NULL,
    height BIGINT NOT NULL,
    size   BIGINT NOT NULL,
    data   BYTEA NOT NULL
);
CREATE TABLE media_files (
    source   TEXT NOT NULL,
    path     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    doc      TEXT NOT NULL,
    PRIMARY KEY (source, path)
);
CREATE TABLE nodes (
    id        TEXT PRIMARY KEY,
    started   BIGINT NOT NULL,
    heartbeat BIGINT NOT NULL
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
CREATE TABLE river_job (
    id integer PRIMARY KEY AUTOINCREMENT,
    args blob NOT NULL DEFAULT (jsonb('{}')),
    attempt integer NOT NULL DEFAULT 0,
    attempted_at timestamp,
    attempted_by blob, -- json
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    errors blob, -- json
    finalized_at timestamp,
    kind text NOT NULL,
    max_attempts integer NOT NULL DEFAULT 25,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    priority integer NOT NULL DEFAULT 1,
    queue text NOT NULL DEFAULT 'default',
    state text NOT NULL DEFAULT 'available',
    scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags blob NOT NULL DEFAULT (jsonb('[]')),
    unique_key blob,
    unique_states integer,
    CONSTRAINT finalized_or_finalized_at_null CHECK (
        (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded')) OR
        (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
    ),
    CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
    CONSTRAINT queue_length CHECK (length(queue) > 0 AND length(queue) < 128),
    CONSTRAINT kind_length CHECK (length(kind) > 0 AND length(kind) < 128),
    CONSTRAINT state_valid CHECK (state IN ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'))
);
CREATE TABLE river_leader (
    elected_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    leader_id text NOT NULL,
    name text PRIMARY KEY NOT NULL DEFAULT 'default' CHECK (name = 'default'),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT leader_id_length CHECK (length(leader_id) > 0 AND length(leader_id) < 128)
);
CREATE TABLE river_migration (
    line text NOT NULL,
    version integer NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT line_length CHECK (length(line) > 0 AND length(line) < 128),
    CONSTRAINT version_gte_1 CHECK (version >= 1),
    PRIMARY KEY (line, version)
);
CREATE TABLE river_notification (
    id integer PRIMARY KEY AUTOINCREMENT,
    created_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (length(topic) > 0 AND length(topic) < 128)
);
CREATE TABLE river_queue (
    name text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE schedules (
    newsletter TEXT NOT NULL,
    name       TEXT NOT NULL,
    handled    BIGINT NOT NULL, -- every occurrence up to here is dealt with
    PRIMARY KEY (newsletter, name)
);
CREATE TABLE scopes (
    scope   TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    changed BIGINT NOT NULL
);
CREATE TABLE sections (
    slug  TEXT PRIMARY KEY,
    name  TEXT NOT NULL,
    given BIGINT NOT NULL, -- as with authors
    doc   TEXT NOT NULL
);
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
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
CREATE TABLE suppressions (
    email_key TEXT PRIMARY KEY,
    reason    TEXT NOT NULL,
    created   BIGINT NOT NULL
);
CREATE INDEX article_related_slug ON article_related (slug);
CREATE INDEX article_scopes_scope ON article_scopes (scope, seq);
CREATE INDEX article_slugs_article ON article_slugs (article_id);
CREATE INDEX articles_body ON articles (body_hash);
CREATE INDEX articles_due ON articles (published) WHERE state = 'scheduled';
CREATE INDEX articles_expiring ON articles (expires) WHERE expires > 0 AND state = 'published';
CREATE INDEX articles_given ON articles (given_id) WHERE given_id <> '';
CREATE INDEX articles_pass ON articles (pass) WHERE pass <> '';
CREATE INDEX articles_seq ON articles (seq);
CREATE INDEX deliveries_deferred ON deliveries (edition_id) WHERE state = 'deferred';
CREATE INDEX deliveries_open ON deliveries (next_at) WHERE state = 'deferred';
CREATE INDEX deliveries_subscriber ON deliveries (subscriber_id);
CREATE INDEX edition_ranges_open ON edition_ranges (lease) WHERE state = 'open';
CREATE INDEX editions_state ON editions (state);
CREATE INDEX files_article ON files (article_id);
CREATE INDEX follows_subscriber ON follows (subscriber_id);
CREATE INDEX issues_cover ON issues (cover_date);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
    WHERE unique_key IS NOT NULL
        AND unique_states IS NOT NULL
        AND CASE state
            WHEN 'available' THEN unique_states & (1 << 0)
            WHEN 'cancelled' THEN unique_states & (1 << 1)
            WHEN 'completed' THEN unique_states & (1 << 2)
            WHEN 'discarded' THEN unique_states & (1 << 3)
            WHEN 'pending'   THEN unique_states & (1 << 4)
            WHEN 'retryable' THEN unique_states & (1 << 5)
            WHEN 'running'   THEN unique_states & (1 << 6)
            WHEN 'scheduled' THEN unique_states & (1 << 7)
            ELSE 0
        END >= 1;
CREATE INDEX river_notification_created_at_idx ON river_notification (created_at);
CREATE INDEX river_notification_topic_id_idx ON river_notification (topic, id);
CREATE INDEX signups_subscriber ON signups (subscriber_id);
CREATE INDEX subscriptions_subscriber ON subscriptions (subscriber_id);
INSERT INTO article_related VALUES ('id-tide', 'fog');
INSERT INTO article_scopes VALUES ('id-fog', 'site', 2, '');
INSERT INTO article_scopes VALUES ('id-fog', 'author/salma-oduya', 2, 'Salma Oduya');
INSERT INTO article_scopes VALUES ('id-fog', 'section/fiction', 2, 'Fiction');
INSERT INTO article_scopes VALUES ('id-fog', 'issue/12/9', 2, '');
INSERT INTO article_scopes VALUES ('id-later', 'site', 0, '');
INSERT INTO article_scopes VALUES ('id-later', 'author/salma-oduya', 0, 'Salma Oduya');
INSERT INTO article_scopes VALUES ('id-later', 'section/fiction', 0, 'Fiction');
INSERT INTO article_scopes VALUES ('id-later', 'issue/12/9', 0, '');
INSERT INTO article_scopes VALUES ('id-tide', 'site', 1, '');
INSERT INTO article_scopes VALUES ('id-tide', 'author/salma-oduya', 1, 'Salma Oduya');
INSERT INTO article_scopes VALUES ('id-tide', 'section/fiction', 1, 'Fiction');
INSERT INTO article_scopes VALUES ('id-tide', 'issue/12/9', 1, '');
INSERT INTO article_slugs VALUES ('tide', 'id-tide');
INSERT INTO article_slugs VALUES ('fog', 'id-fog');
INSERT INTO article_slugs VALUES ('later', 'id-later');
INSERT INTO article_slugs VALUES ('tides', 'id-tide');
INSERT INTO articles VALUES ('id-tide', '', 'tag:harbour.example,2024:tide', 'tides', 'tide', 'hash-tide', 1, 'published', '', 1727956800000000, 0, '12', '9', 'sample', 'tide.md', 1727956800000000, '{"id":"id-tide","guid":"tag:harbour.example,2024:tide","slug":"tides","title":"The tide","published":"2024-10-03T12:00:00Z","updated":"2024-10-03T12:00:00Z","language":"en","authors":[{"slug":"salma-oduya","name":"Salma Oduya"}],"section":{"slug":"fiction","name":"Fiction"},"issue":{"volume":"12","number":"9"},"related":[{"slug":"fog"}],"words":0}', '<p>It''s 5% higher; ليلى</p>', '');
INSERT INTO articles VALUES ('id-fog', '', 'tag:harbour.example,2024:fog', 'fog', 'fog', 'hash-fog', 2, 'published', '', 1728043200000000, 0, '12', '9', 'sample', 'fog.md', 1728043200000000, '{"id":"id-fog","guid":"tag:harbour.example,2024:fog","slug":"fog","title":"The fog","published":"2024-10-04T12:00:00Z","updated":"2024-10-04T12:00:00Z","language":"en","authors":[{"slug":"salma-oduya","name":"Salma Oduya"}],"section":{"slug":"fiction","name":"Fiction"},"issue":{"volume":"12","number":"9"},"words":0}', '<p>fog</p>', '');
INSERT INTO articles VALUES ('id-later', '', 'tag:harbour.example,2024:later', 'later', 'later', 'hash-later', 0, 'scheduled', '', 1728129600000000, 1728216000000000, '12', '9', 'sample', 'later.md', 1728129600000000, '{"id":"id-later","guid":"tag:harbour.example,2024:later","slug":"later","title":"The later","published":"2024-10-05T12:00:00Z","updated":"2024-10-05T12:00:00Z","expires":"2024-10-06T12:00:00Z","language":"en","authors":[{"slug":"salma-oduya","name":"Salma Oduya"}],"section":{"slug":"fiction","name":"Fiction"},"issue":{"volume":"12","number":"9"},"words":0}', '<p>later</p>', '');
INSERT INTO authors VALUES ('salma-oduya', 'Salma Oduya', 1, '{"slug":"salma-oduya","name":"Salma Oduya","bio":"\u003cp\u003eWrites.\u003c/p\u003e"}');
INSERT INTO counters VALUES ('article', 2);
INSERT INTO deliveries VALUES ('e', 'zc6rsmn6btjj', 'weekly', 'amina@example.org', 'sent', '', 0, '', '', '', 'm', 0, 1728043200000000, 0, '', 0);
INSERT INTO edition_articles VALUES ('e', 'id-tide', 1, '{"id":"id-tide","guid":"tag:harbour.example,2024:tide","slug":"tides","title":"The tide","published":"2024-10-03T12:00:00Z","updated":"2024-10-03T12:00:00Z","language":"en","authors":[{"slug":"salma-oduya","name":"Salma Oduya"}],"section":{"slug":"fiction","name":"Fiction"},"issue":{"volume":"12","number":"9"},"related":[{"slug":"fog"}],"words":0}');
INSERT INTO edition_messages VALUES ('e', 'g', '{}');
INSERT INTO edition_ranges VALUES ('e', 'zc6rsmn6btjj', '', '', 'open', '', 0, 1728043205000000, 0);
INSERT INTO editions VALUES ('e', 'weekly', 'now/e', '', 'sending', '', 0, 1728043200000000, 2, 1728043200000000, 0);
INSERT INTO files VALUES ('sample', 'tide.md', 0, 0, 'h', '', 'article', 'id-tide', '', '["dial.png"]', '[]', 1728043200000000);
INSERT INTO follows VALUES ('weekly', 'zc6rsmn6btjj', 'author', 'salma-oduya', 2);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-24 03:21:16');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-24 03:21:16');
INSERT INTO issues VALUES ('12', '9', 1, 'open', 1728043200000000, 0, '{"volume":"12","number":"9","title":"Boats","cover_date":"2024-10-04T12:00:00Z","contents":["fog","tide"]}');
INSERT INTO media VALUES ('c0ffee', 'image/png', 0, 0, 3, X'00FF27');
INSERT INTO media_files VALUES ('sample', 'dial.png', 0, 0, '{"src":"/media/c0ffee/dial.png"}');
INSERT INTO nodes VALUES ('a@:8080', 1728043200000000, 1728043200000000);
INSERT INTO occurrences VALUES ('weekly', 'main', '2024-10-04', '07:00', 1728043200000000, 'e', 'edition');
INSERT INTO river_migration VALUES ('main', 1, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 2, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 3, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 4, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 5, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 6, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 7, '2026-11-24 03:21:16');
INSERT INTO river_migration VALUES ('main', 8, '2026-11-24 03:21:16');
INSERT INTO schedules VALUES ('weekly', 'main', 1728043200000000);
INSERT INTO scopes VALUES ('author/salma-oduya', 4, 1728043200000000);
INSERT INTO scopes VALUES ('issue/12/9', 3, 1728043200000000);
INSERT INTO scopes VALUES ('section/fiction', 4, 1728043200000000);
INSERT INTO scopes VALUES ('site', 5, 1728043200000000);
INSERT INTO sections VALUES ('fiction', 'Fiction', 1, '{"slug":"fiction","name":"Fiction"}');
INSERT INTO settings VALUES ('secret', 'sesame');
INSERT INTO signups VALUES ('u', 'zc6rsmn6btjj', '{"wants":[{"newsletter":"weekly"}]}', '', '', 1728043200000000, 1, 0, 0);
INSERT INTO sqlite_sequence VALUES ('goose_db_version', 2);
INSERT INTO sqlite_sequence VALUES ('river_job', 0);
INSERT INTO subscribers VALUES ('zc6rsmn6btjj', 'amina@example.org', 'amina@example.org', '', 'confirmed', '', 1728043200000000, 1728043200000000);
INSERT INTO subscriptions VALUES ('weekly', 'zc6rsmn6btjj', 'active', 2, 1728043200000000, 0);
INSERT INTO suppressions VALUES ('gone@example.org', 'bounced', 1728043200000000);
