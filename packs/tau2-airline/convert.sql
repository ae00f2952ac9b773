-- Makes rows of upstream's db.json, whose text is :db. Keys of an object have no order that matters; `key` is the place in an array.

-- Upstream has these in its code, not in its data.
INSERT INTO airports (position, iata, city) VALUES
  (0, 'SFO', 'San Francisco'), (1, 'JFK', 'New York'), (2, 'LAX', 'Los Angeles'), (3, 'ORD', 'Chicago'), (4, 'DFW', 'Dallas'),
  (5, 'DEN', 'Denver'), (6, 'SEA', 'Seattle'), (7, 'ATL', 'Atlanta'), (8, 'MIA', 'Miami'), (9, 'BOS', 'Boston'),
  (10, 'PHX', 'Phoenix'), (11, 'IAH', 'Houston'), (12, 'LAS', 'Las Vegas'), (13, 'MCO', 'Orlando'), (14, 'EWR', 'Newark'),
  (15, 'CLT', 'Charlotte'), (16, 'MSP', 'Minneapolis'), (17, 'DTW', 'Detroit'), (18, 'PHL', 'Philadelphia'), (19, 'LGA', 'LaGuardia');
INSERT INTO new_reservation_ids (reservation_id) VALUES ('HATHAT'), ('HATHAU'), ('HATHAV');
INSERT INTO new_certificate_ids (payment_id) VALUES ('certificate_3221322'), ('certificate_3221323'), ('certificate_3221324');

INSERT INTO flights (flight_number, origin, destination, departs, arrives, arrives_next_day)
SELECT f.key, f.value ->> 'origin', f.value ->> 'destination', f.value ->> 'scheduled_departure_time_est',
       substr(f.value ->> 'scheduled_arrival_time_est', 1, 8), f.value ->> 'scheduled_arrival_time_est' LIKE '%+1'
  FROM json_each(:db, '$.flights') AS f;

INSERT INTO flight_dates (flight_number, date, status, departure, arrival)
SELECT f.key, d.key, d.value ->> 'status',
       coalesce(d.value ->> 'actual_departure_time_est', d.value ->> 'estimated_departure_time_est'),
       coalesce(d.value ->> 'actual_arrival_time_est', d.value ->> 'estimated_arrival_time_est')
  FROM json_each(:db, '$.flights') AS f JOIN json_each(f.value, '$.dates') AS d;

INSERT INTO seats (flight_number, date, cabin, free, price)
SELECT f.key, d.key, s.key, s.value, d.value -> 'prices' ->> s.key
  FROM json_each(:db, '$.flights') AS f JOIN json_each(f.value, '$.dates') AS d JOIN json_each(d.value, '$.available_seats') AS s;

INSERT INTO users (user_id, first_name, last_name, email, dob, membership, address1, address2, city, country, state, zip)
SELECT u.key, u.value ->> '$.name.first_name', u.value ->> '$.name.last_name', u.value ->> 'email', u.value ->> 'dob', u.value ->> 'membership',
       u.value ->> '$.address.address1', u.value ->> '$.address.address2', u.value ->> '$.address.city', u.value ->> '$.address.country',
       u.value ->> '$.address.state', u.value ->> '$.address.zip'
  FROM json_each(:db, '$.users') AS u;

INSERT INTO payment_methods (user_id, payment_id, kind, brand, last_four, balance)
SELECT u.key, m.key, m.value ->> 'source', m.value ->> 'brand', m.value ->> 'last_four', m.value ->> 'amount'
  FROM json_each(:db, '$.users') AS u JOIN json_each(u.value, '$.payment_methods') AS m;

INSERT INTO saved_passengers (user_id, position, first_name, last_name, dob)
SELECT u.key, p.key, p.value ->> 'first_name', p.value ->> 'last_name', p.value ->> 'dob'
  FROM json_each(:db, '$.users') AS u JOIN json_each(u.value, '$.saved_passengers') AS p;

-- A reservation's place is the one that it has in its user's list. CROSS JOIN: the document is walked once, not once a place.
WITH places AS MATERIALIZED (
  SELECT p.value AS reservation_id, p.key AS position FROM json_each(:db, '$.users') AS u JOIN json_each(u.value, '$.reservations') AS p
)
INSERT INTO reservations (reservation_id, user_id, position, origin, destination, flight_type, cabin, created_at, total_baggages, nonfree_baggages, insurance, status)
SELECT r.key, r.value ->> 'user_id', p.position, r.value ->> 'origin', r.value ->> 'destination', r.value ->> 'flight_type', r.value ->> 'cabin',
       r.value ->> 'created_at', r.value ->> 'total_baggages', r.value ->> 'nonfree_baggages', r.value ->> 'insurance', r.value ->> 'status'
  FROM json_each(:db, '$.reservations') AS r CROSS JOIN places AS p ON p.reservation_id = r.key;

INSERT INTO reservation_flights (reservation_id, position, flight_number, date, price)
SELECT r.key, w.key, w.value ->> 'flight_number', w.value ->> 'date', w.value ->> 'price'
  FROM json_each(:db, '$.reservations') AS r JOIN json_each(r.value, '$.flights') AS w;

INSERT INTO reservation_passengers (reservation_id, position, first_name, last_name, dob)
SELECT r.key, p.key, p.value ->> 'first_name', p.value ->> 'last_name', p.value ->> 'dob'
  FROM json_each(:db, '$.reservations') AS r JOIN json_each(r.value, '$.passengers') AS p;

INSERT INTO reservation_payments (reservation_id, position, payment_id, amount)
SELECT r.key, p.key, p.value ->> 'payment_id', p.value ->> 'amount'
  FROM json_each(:db, '$.reservations') AS r JOIN json_each(r.value, '$.payment_history') AS p;
