-- An airline. Lists are child tables keyed by (parent, position). Days are YYYY-MM-DD; times of day are HH:MM:SS.
-- Prices and payments are whole dollars; balances are REAL, because upstream's are floats and its hash tells 150 from 150.0.

CREATE TABLE airports (
  position INTEGER PRIMARY KEY,
  iata TEXT NOT NULL UNIQUE,
  city TEXT NOT NULL
) STRICT;

CREATE TABLE flights (
  flight_number TEXT PRIMARY KEY,
  origin TEXT NOT NULL REFERENCES airports (iata),
  destination TEXT NOT NULL REFERENCES airports (iata),
  departs TEXT NOT NULL,
  arrives TEXT NOT NULL,
  arrives_next_day INTEGER NOT NULL DEFAULT 0 CHECK (arrives_next_day IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX flights_by_route ON flights (origin, destination);

-- A flight on one day. Whether a time is what happened or what is expected follows from the status.
CREATE TABLE flight_dates (
  flight_number TEXT NOT NULL REFERENCES flights (flight_number),
  date TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('available', 'on time', 'delayed', 'flying', 'landed', 'cancelled')),
  departure TEXT,
  arrival TEXT,
  PRIMARY KEY (flight_number, date),
  CHECK ((departure IS NULL) = (status IN ('available', 'cancelled')) AND (departure IS NULL) = (arrival IS NULL))
) STRICT, WITHOUT ROWID;

-- What can be booked: three cabins for each available day of a flight.
CREATE TABLE seats (
  flight_number TEXT NOT NULL,
  date TEXT NOT NULL,
  cabin TEXT NOT NULL CHECK (cabin IN ('basic_economy', 'economy', 'business')),
  free INTEGER NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (flight_number, date, cabin),
  FOREIGN KEY (flight_number, date) REFERENCES flight_dates (flight_number, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  user_id TEXT PRIMARY KEY,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  email TEXT NOT NULL,
  dob TEXT NOT NULL,
  membership TEXT NOT NULL CHECK (membership IN ('gold', 'silver', 'regular')),
  address1 TEXT NOT NULL,
  address2 TEXT,
  city TEXT NOT NULL,
  country TEXT NOT NULL,
  state TEXT NOT NULL,
  zip TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A credit card has a brand and no balance; gift cards and certificates have a balance.
CREATE TABLE payment_methods (
  user_id TEXT NOT NULL REFERENCES users (user_id),
  payment_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('credit_card', 'gift_card', 'certificate')),
  brand TEXT,
  last_four TEXT,
  balance REAL,
  PRIMARY KEY (user_id, payment_id),
  CHECK ((kind = 'credit_card') = (balance IS NULL) AND (brand IS NULL) = (last_four IS NULL) AND (brand IS NULL) <> (balance IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_passengers (
  user_id TEXT NOT NULL REFERENCES users (user_id),
  position INTEGER NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  dob TEXT NOT NULL,
  PRIMARY KEY (user_id, position)
) STRICT, WITHOUT ROWID;

-- `position` is the place among the user's reservations.
CREATE TABLE reservations (
  reservation_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (user_id),
  position INTEGER NOT NULL,
  origin TEXT NOT NULL,
  destination TEXT NOT NULL,
  flight_type TEXT NOT NULL CHECK (flight_type IN ('round_trip', 'one_way')),
  cabin TEXT NOT NULL CHECK (cabin IN ('basic_economy', 'economy', 'business')),
  created_at TEXT NOT NULL,
  total_baggages INTEGER NOT NULL,
  nonfree_baggages INTEGER NOT NULL,
  insurance TEXT NOT NULL CHECK (insurance IN ('yes', 'no')),
  status TEXT CHECK (status = 'cancelled')
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX reservations_by_user ON reservations (user_id, position);

CREATE TABLE reservation_flights (
  reservation_id TEXT NOT NULL REFERENCES reservations (reservation_id),
  position INTEGER NOT NULL,
  flight_number TEXT NOT NULL,
  date TEXT NOT NULL,
  price INTEGER NOT NULL,
  PRIMARY KEY (reservation_id, position),
  FOREIGN KEY (flight_number, date) REFERENCES flight_dates (flight_number, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservation_passengers (
  reservation_id TEXT NOT NULL REFERENCES reservations (reservation_id),
  position INTEGER NOT NULL,
  first_name TEXT NOT NULL,
  last_name TEXT NOT NULL,
  dob TEXT NOT NULL,
  PRIMARY KEY (reservation_id, position)
) STRICT, WITHOUT ROWID;

-- What was charged, in order; refunds are negative.
CREATE TABLE reservation_payments (
  reservation_id TEXT NOT NULL REFERENCES reservations (reservation_id),
  position INTEGER NOT NULL,
  payment_id TEXT NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (reservation_id, position)
) STRICT, WITHOUT ROWID;

-- Upstream hands out three ids an episode, the same in each.
CREATE TABLE new_reservation_ids (reservation_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE new_certificate_ids (payment_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Documents, as tools return them and upstream's database holds them: one view an entity.

CREATE VIEW reservation_docs AS
  SELECT r.reservation_id,
         jsonb_object('reservation_id', r.reservation_id, 'user_id', r.user_id, 'origin', r.origin, 'destination', r.destination,
                      'flight_type', r.flight_type, 'cabin', r.cabin,
                      'flights', (SELECT jsonb_group_array(json_object('flight_number', w.flight_number, 'origin', f.origin, 'destination', f.destination,
                                                                        'date', w.date, 'price', w.price) ORDER BY w.position)
                                    FROM reservation_flights AS w JOIN flights AS f USING (flight_number) WHERE w.reservation_id = r.reservation_id),
                      'passengers', (SELECT jsonb_group_array(json_object('first_name', p.first_name, 'last_name', p.last_name, 'dob', p.dob) ORDER BY p.position)
                                       FROM reservation_passengers AS p WHERE p.reservation_id = r.reservation_id),
                      'payment_history', (SELECT jsonb_group_array(json_object('payment_id', p.payment_id, 'amount', p.amount) ORDER BY p.position)
                                            FROM reservation_payments AS p WHERE p.reservation_id = r.reservation_id),
                      'created_at', r.created_at, 'total_baggages', r.total_baggages, 'nonfree_baggages', r.nonfree_baggages,
                      'insurance', r.insurance, 'status', r.status) AS doc
    FROM reservations AS r;

CREATE VIEW user_docs AS
  SELECT u.user_id,
         jsonb_object('user_id', u.user_id, 'name', json_object('first_name', u.first_name, 'last_name', u.last_name),
                      'address', json_object('address1', u.address1, 'address2', u.address2, 'city', u.city, 'country', u.country, 'state', u.state, 'zip', u.zip),
                      'email', u.email, 'dob', u.dob,
                      'payment_methods', (SELECT jsonb_group_object(m.payment_id, iif(m.kind = 'credit_card',
                                                   json_object('source', m.kind, 'id', m.payment_id, 'brand', m.brand, 'last_four', m.last_four),
                                                   json_object('source', m.kind, 'id', m.payment_id, 'amount', m.balance)) ORDER BY m.payment_id)
                                            FROM payment_methods AS m WHERE m.user_id = u.user_id),
                      'saved_passengers', (SELECT jsonb_group_array(json_object('first_name', p.first_name, 'last_name', p.last_name, 'dob', p.dob) ORDER BY p.position)
                                             FROM saved_passengers AS p WHERE p.user_id = u.user_id),
                      'membership', u.membership,
                      'reservations', (SELECT jsonb_group_array(r.reservation_id ORDER BY r.position) FROM reservations AS r WHERE r.user_id = u.user_id)) AS doc
    FROM users AS u;

-- A flight on a day that can be booked, as a search returns it. `arrival` is upstream's spelling: 01:30:00+1 is on the next day.
CREATE VIEW offers AS
  SELECT f.flight_number, d.date, f.origin, f.destination, f.departs, f.arrives, f.arrives_next_day, f.arrives || iif(f.arrives_next_day, '+1', '') AS arrival,
         jsonb_object('flight_number', f.flight_number, 'origin', f.origin, 'destination', f.destination, 'status', d.status,
                      'scheduled_departure_time_est', f.departs, 'scheduled_arrival_time_est', f.arrives || iif(f.arrives_next_day, '+1', ''), 'date', NULL,
                      'available_seats', (SELECT jsonb_group_object(s.cabin, s.free ORDER BY s.cabin) FROM seats AS s WHERE s.flight_number = d.flight_number AND s.date = d.date),
                      'prices', (SELECT jsonb_group_object(s.cabin, s.price ORDER BY s.cabin) FROM seats AS s WHERE s.flight_number = d.flight_number AND s.date = d.date)) AS doc
    FROM flights AS f JOIN flight_dates AS d USING (flight_number)
   WHERE d.status = 'available';

CREATE VIEW flight_date_docs AS
  SELECT d.flight_number, d.date,
         CASE d.status
           WHEN 'available' THEN jsonb_object('status', d.status,
             'available_seats', (SELECT jsonb_group_object(s.cabin, s.free ORDER BY s.cabin) FROM seats AS s WHERE s.flight_number = d.flight_number AND s.date = d.date),
             'prices', (SELECT jsonb_group_object(s.cabin, s.price ORDER BY s.cabin) FROM seats AS s WHERE s.flight_number = d.flight_number AND s.date = d.date))
           WHEN 'cancelled' THEN jsonb_object('status', d.status)
           WHEN 'landed' THEN jsonb_object('status', d.status, 'actual_departure_time_est', d.departure, 'actual_arrival_time_est', d.arrival)
           WHEN 'flying' THEN jsonb_object('status', d.status, 'actual_departure_time_est', d.departure, 'estimated_arrival_time_est', d.arrival)
           ELSE jsonb_object('status', d.status, 'estimated_departure_time_est', d.departure, 'estimated_arrival_time_est', d.arrival)
         END AS doc
    FROM flight_dates AS d;

CREATE VIEW flight_docs AS
  SELECT f.flight_number,
         jsonb_object('flight_number', f.flight_number, 'origin', f.origin, 'destination', f.destination,
                      'scheduled_departure_time_est', f.departs, 'scheduled_arrival_time_est', f.arrives || iif(f.arrives_next_day, '+1', ''),
                      'dates', (SELECT jsonb_group_object(d.date, d.doc ORDER BY d.date) FROM flight_date_docs AS d WHERE d.flight_number = f.flight_number)) AS doc
    FROM flights AS f;

-- Upstream's database, row by row: the member `collection` of its document `db` has `doc` at the key `at`.
CREATE VIEW upstream AS
  SELECT 'db' AS document, 'flights' AS collection, flight_number AS at, doc FROM flight_docs
  UNION ALL SELECT 'db', 'users', user_id, doc FROM user_docs
  UNION ALL SELECT 'db', 'reservations', reservation_id, doc FROM reservation_docs;
