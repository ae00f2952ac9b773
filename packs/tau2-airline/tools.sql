-- The tools of the airline, as upstream has them: names, parameters, order of checks and messages.
-- Lines from `@if quirks` to `@endif` are upstream's behaviour, those from `@if !quirks` the corrected one; README.md has the list.

-- @tool book_reservation
-- @doc Book flights for one or more passengers and charge the user's payment methods.
-- @doc The payments must add up to the fares of all passengers, 30 dollars a passenger with insurance, and 50 dollars a bag that is not free.
-- @param user_id text ref(users.user_id)
-- @param origin text of(airports.iata) Airport where the trip begins, such as SFO.
-- @param destination text of(airports.iata) Airport that the trip leads to, such as JFK.
-- @param flight_type text enum("round_trip","one_way")
-- @param cabin text enum("business","economy","basic_economy") The cabin, on all flights.
-- @param flights list(flight_number text, date text) open() All flights, in order.
-- @param passengers list(first_name text, last_name text, dob text) open() Everybody who flies.
-- @param payment_methods list(payment_id text, amount integer) open() What pays, and how much.
-- @param total_baggages integer All checked bags.
-- @param nonfree_baggages integer Those of them that are paid for.
-- @param insurance text enum("yes","no") Whether the passengers are insured.
-- @yields reservations.reservation_id $.reservation_id
-- @example a certificate is used up, a gift card reduced
-- @call {"user_id": "isabella_garcia_1932", "origin": "PHL", "destination": "LGA", "flight_type": "one_way", "cabin": "business", "flights": [{"flight_number": "HAT001", "date": "2024-05-20"}], "passengers": [{"first_name": "Isabella", "last_name": "Garcia", "dob": "1985-07-04"}], "payment_methods": [{"payment_id": "certificate_6438210", "amount": 250}, {"payment_id": "gift_card_1507577", "amount": 74}, {"payment_id": "credit_card_3532588", "amount": 87}], "total_baggages": 1, "nonfree_baggages": 0, "insurance": "no"}
-- @gives {"cabin":"business","created_at":"2024-05-15T15:00:00","destination":"LGA","flight_type":"one_way","flights":[{"date":"2024-05-20","destination":"LGA","flight_number":"HAT001","origin":"PHL","price":411}],"insurance":"no","nonfree_baggages":0,"origin":"PHL","passengers":[{"dob":"1985-07-04","first_name":"Isabella","last_name":"Garcia"}],"payment_history":[{"amount":250,"payment_id":"certificate_6438210"},{"amount":74,"payment_id":"gift_card_1507577"},{"amount":87,"payment_id":"credit_card_3532588"}],"reservation_id":"HATHAT","status":null,"total_baggages":1,"user_id":"isabella_garcia_1932"}
-- @changes
--   - payment_methods["isabella_garcia_1932", "certificate_6438210"] {kind: "certificate", brand: null, last_four: null, balance: 250.0}
--   ~ payment_methods["isabella_garcia_1932", "gift_card_1507577"].balance: 74.0 → 0.0
--   + reservation_flights["HATHAT", 0] {flight_number: "HAT001", date: "2024-05-20", price: 411}
--   + reservation_passengers["HATHAT", 0] {first_name: "Isabella", last_name: "Garcia", dob: "1985-07-04"}
--   + reservation_payments["HATHAT", 0] {payment_id: "certificate_6438210", amount: 250}
--   + reservation_payments["HATHAT", 1] {payment_id: "gift_card_1507577", amount: 74}
--   + reservation_payments["HATHAT", 2] {payment_id: "credit_card_3532588", amount: 87}
--   + reservations["HATHAT"] {user_id: "isabella_garcia_1932", position: 0, origin: "PHL", destination: "LGA", flight_type: "one_way", cabin: "business", created_at: "2024-05-15T15:00:00", total_baggages: 1, nonfree_baggages: 0, insurance: "no", status: null}
--   ~ seats["HAT001", "2024-05-20", "business"].free: 13 → 12
-- @example the payments do not add up
-- @call {"user_id": "isabella_garcia_1932", "origin": "PHL", "destination": "LGA", "flight_type": "one_way", "cabin": "business", "flights": [{"flight_number": "HAT001", "date": "2024-05-20"}], "passengers": [{"first_name": "Isabella", "last_name": "Garcia", "dob": "1985-07-04"}], "payment_methods": [{"payment_id": "credit_card_3532588", "amount": 400}], "total_baggages": 1, "nonfree_baggages": 0, "insurance": "no"}
-- @fails invalid "Payment amount does not add up, total price is 411, but paid 400"
-- @changes nothing
-- @example a flight that has landed
-- @call {"user_id": "isabella_garcia_1932", "origin": "PHL", "destination": "LGA", "flight_type": "one_way", "cabin": "business", "flights": [{"flight_number": "HAT001", "date": "2024-05-10"}], "passengers": [{"first_name": "Isabella", "last_name": "Garcia", "dob": "1985-07-04"}], "payment_methods": [], "total_baggages": 1, "nonfree_baggages": 0, "insurance": "no"}
-- @fails conflict "Flight HAT001 not available on date 2024-05-10"
-- @changes nothing
-- @if quirks
-- @example each payment from a gift card is compared with the whole balance
-- @call {"user_id": "isabella_garcia_1932", "origin": "PHL", "destination": "LGA", "flight_type": "one_way", "cabin": "economy", "flights": [{"flight_number": "HAT001", "date": "2024-05-20"}], "passengers": [{"first_name": "Isabella", "last_name": "Garcia", "dob": "1985-07-04"}], "payment_methods": [{"payment_id": "gift_card_1507577", "amount": 74}, {"payment_id": "gift_card_1507577", "amount": 63}], "total_baggages": 1, "nonfree_baggages": 0, "insurance": "no"}
-- @gives {"cabin":"economy","created_at":"2024-05-15T15:00:00","destination":"LGA","flight_type":"one_way","flights":[{"date":"2024-05-20","destination":"LGA","flight_number":"HAT001","origin":"PHL","price":137}],"insurance":"no","nonfree_baggages":0,"origin":"PHL","passengers":[{"dob":"1985-07-04","first_name":"Isabella","last_name":"Garcia"}],"payment_history":[{"amount":74,"payment_id":"gift_card_1507577"},{"amount":63,"payment_id":"gift_card_1507577"}],"reservation_id":"HATHAT","status":null,"total_baggages":1,"user_id":"isabella_garcia_1932"}
-- @changes
--   ~ payment_methods["isabella_garcia_1932", "gift_card_1507577"].balance: 74.0 → -63.0
--   + reservation_flights["HATHAT", 0] {flight_number: "HAT001", date: "2024-05-20", price: 137}
--   + reservation_passengers["HATHAT", 0] {first_name: "Isabella", last_name: "Garcia", dob: "1985-07-04"}
--   + reservation_payments["HATHAT", 0] {payment_id: "gift_card_1507577", amount: 74}
--   + reservation_payments["HATHAT", 1] {payment_id: "gift_card_1507577", amount: 63}
--   + reservations["HATHAT"] {user_id: "isabella_garcia_1932", position: 0, origin: "PHL", destination: "LGA", flight_type: "one_way", cabin: "economy", created_at: "2024-05-15T15:00:00", total_baggages: 1, nonfree_baggages: 0, insurance: "no", status: null}
--   ~ seats["HAT001", "2024-05-20", "economy"].free: 17 → 16
-- @endif
-- @if !quirks
-- @example payments from one gift card are added up
-- @call {"user_id": "isabella_garcia_1932", "origin": "PHL", "destination": "LGA", "flight_type": "one_way", "cabin": "economy", "flights": [{"flight_number": "HAT001", "date": "2024-05-20"}], "passengers": [{"first_name": "Isabella", "last_name": "Garcia", "dob": "1985-07-04"}], "payment_methods": [{"payment_id": "gift_card_1507577", "amount": 74}, {"payment_id": "gift_card_1507577", "amount": 63}], "total_baggages": 1, "nonfree_baggages": 0, "insurance": "no"}
-- @fails invalid "Not enough balance in payment method gift_card_1507577"
-- @changes nothing
-- @endif
-- @row user else "User {user_id} not found"
SELECT (SELECT count(*) FROM reservations AS r WHERE r.user_id = u.user_id) AS reservations FROM users AS u WHERE u.user_id = :user_id;
-- @id reservation_id in reservations.reservation_id from new_reservation_ids.reservation_id else conflict "Too many reservations"
-- @let heads = json_array_length(:passengers)
-- @table legs
SELECT w.flight_number, w.date, f.flight_number IS NOT NULL AS known, d.status, s.free, s.price
  FROM :flights AS w
  LEFT JOIN flights AS f ON f.flight_number = w.flight_number
  LEFT JOIN flight_dates AS d ON d.flight_number = f.flight_number AND d.date = w.date
  LEFT JOIN seats AS s ON s.flight_number = d.flight_number AND s.date = d.date AND s.cabin = :cabin
 ORDER BY w.pos;
-- @reject conflict
SELECT CASE WHEN NOT known THEN format('Flight %s not found', flight_number)
            WHEN status IS NULL THEN format('Flight %s not found on date %s', flight_number, date)
            WHEN status <> 'available' THEN format('Flight %s not available on date %s', flight_number, date)
            WHEN free < :heads THEN format('Not enough seats on flight %s', flight_number) END
  FROM :legs ORDER BY pos;
-- @if !quirks
-- @use no_flight_twice
-- @require json_array_length(:flights) > 0 AND :heads > 0 else invalid "A reservation needs a flight and a passenger"
-- @require :nonfree_baggages BETWEEN 0 AND :total_baggages else invalid "Paid bags must be from 0 to all bags"
-- @require NOT EXISTS (SELECT 1 FROM :payment_methods AS p WHERE p.amount < 0) else invalid "A payment cannot be negative"
-- @endif
-- @let total = :heads * ((SELECT coalesce(sum(price), 0) FROM :legs) + iif(:insurance = 'yes', 30, 0)) + 50 * :nonfree_baggages
-- @table payments
SELECT p.payment_id, p.amount, m.kind, m.balance
  FROM :payment_methods AS p
  LEFT JOIN payment_methods AS m ON m.user_id = :user_id AND m.payment_id = p.payment_id
 ORDER BY p.pos;
-- @reject invalid
SELECT CASE WHEN kind IS NULL THEN format('Payment method %s not found', payment_id)
-- @if quirks
            WHEN balance < amount THEN format('Not enough balance in payment method %s', payment_id) END
-- @endif
-- @if !quirks
            WHEN balance < sum(amount) OVER (PARTITION BY payment_id ORDER BY pos) THEN format('Not enough balance in payment method %s', payment_id) END
-- @endif
  FROM :payments ORDER BY pos;
-- @let paid = (SELECT coalesce(sum(amount), 0) FROM :payments)
-- @require :paid = :total else invalid "Payment amount does not add up, total price is {total}, but paid {paid}"
-- A certificate is used up by its first payment. Upstream fails at the second one too, but after it has taken money.
-- @reject invalid
SELECT format('Certificate %s is listed twice', payment_id) FROM :payments WHERE kind = 'certificate' GROUP BY payment_id HAVING count(*) > 1 ORDER BY payment_id;
-- Balances and payments are whole dollars, so one sum takes away what several payments from one gift card would.
UPDATE payment_methods AS m SET balance = m.balance - p.amount
  FROM (SELECT payment_id, sum(amount) AS amount FROM :payments WHERE kind = 'gift_card' GROUP BY payment_id) AS p
 WHERE m.user_id = :user_id AND m.payment_id = p.payment_id;
DELETE FROM payment_methods WHERE user_id = :user_id AND payment_id IN (SELECT payment_id FROM :payments WHERE kind = 'certificate');
UPDATE seats SET free = free - :heads * w.times
  FROM (SELECT flight_number, date, count(*) AS times FROM :legs GROUP BY flight_number, date) AS w
 WHERE seats.flight_number = w.flight_number AND seats.date = w.date AND seats.cabin = :cabin;
INSERT INTO reservations (reservation_id, user_id, position, origin, destination, flight_type, cabin, created_at, total_baggages, nonfree_baggages, insurance)
VALUES (:reservation_id, :user_id, :user.reservations, :origin, :destination, :flight_type, :cabin,
        strftime('%Y-%m-%dT%H:%M:%S', :now), :total_baggages, :nonfree_baggages, :insurance);
INSERT INTO reservation_flights (reservation_id, position, flight_number, date, price)
SELECT :reservation_id, pos, flight_number, date, price FROM :legs;
INSERT INTO reservation_passengers (reservation_id, position, first_name, last_name, dob)
SELECT :reservation_id, pos, first_name, last_name, dob FROM :passengers;
INSERT INTO reservation_payments (reservation_id, position, payment_id, amount)
SELECT :reservation_id, pos, payment_id, amount FROM :payments;
-- @return
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @steps reservation
-- Finds the reservation that is to be changed.
-- @row r else "Reservation {reservation_id} not found"
SELECT user_id, cabin, nonfree_baggages, status,
       (SELECT count(*) FROM reservation_passengers AS p WHERE p.reservation_id = r.reservation_id) AS heads
  FROM reservations AS r WHERE reservation_id = :reservation_id;
-- @if !quirks
-- @require :r.status IS NULL else conflict "Reservation {reservation_id} is cancelled"
-- @endif

-- @steps charge
-- Takes :due, or gives it back if it is negative, from or to the payment method :payment_id of the user of :r.
-- @row method else "Payment method not found"
SELECT kind, balance FROM payment_methods WHERE user_id = :r.user_id AND payment_id = :payment_id;
-- @require :method.kind <> 'certificate' else invalid "Certificate cannot be used to update reservation"
-- @require :method.kind <> 'gift_card' OR :method.balance >= :due else invalid "Gift card balance is not enough"
-- @when :due <> 0
UPDATE payment_methods SET balance = balance - :due WHERE user_id = :r.user_id AND payment_id = :payment_id AND kind = 'gift_card';
INSERT INTO reservation_payments (reservation_id, position, payment_id, amount)
SELECT :reservation_id, count(*), :payment_id, :due FROM reservation_payments WHERE reservation_id = :reservation_id;
-- @end

-- @if !quirks

-- @steps no_flight_twice
-- @reject invalid
SELECT format('Flight %s is listed twice on date %s', flight_number, date)
  FROM :legs GROUP BY flight_number, date HAVING count(*) > 1 ORDER BY flight_number, date;

-- @steps release_seats
-- Gives back the seats of :r.
UPDATE seats SET free = free + :r.heads
  FROM (SELECT flight_number, date FROM reservation_flights WHERE reservation_id = :reservation_id) AS w
 WHERE seats.flight_number = w.flight_number AND seats.date = w.date AND seats.cabin = :r.cabin;

-- @endif

-- @tool update_reservation_flights
-- @doc Replace all flights of a reservation, or its cabin, and charge or pay back the difference.
-- @doc A flight that stays keeps its price, unless the cabin changes. Seats are needed on new flights only.
-- @param reservation_id text ref(reservations.reservation_id)
-- @param cabin text enum("business","economy","basic_economy") The cabin, on all flights.
-- @param flights list(flight_number text, date text) open() All flights that the reservation is to have, in order, those that stay included.
-- @param payment_id text ref(payment_methods.payment_id) A credit card or gift card of the user.
-- @example the first flight stays and keeps its price
-- @call {"reservation_id": "0SRV50", "cabin": "economy", "flights": [{"flight_number": "HAT057", "date": "2024-05-16"}, {"flight_number": "HAT039", "date": "2024-05-17"}], "payment_id": "gift_card_4562457"}
-- @gives {"cabin":"economy","created_at":"2024-05-10T14:21:34","destination":"SEA","flight_type":"one_way","flights":[{"date":"2024-05-16","destination":"ATL","flight_number":"HAT057","origin":"JFK","price":199},{"date":"2024-05-17","destination":"SEA","flight_number":"HAT039","origin":"ATL","price":100}],"insurance":"yes","nonfree_baggages":0,"origin":"JFK","passengers":[{"dob":"1993-01-04","first_name":"Yusuf","last_name":"Gonzalez"}],"payment_history":[{"amount":376,"payment_id":"credit_card_8843042"},{"amount":-47,"payment_id":"gift_card_4562457"}],"reservation_id":"0SRV50","status":null,"total_baggages":0,"user_id":"yusuf_gonzalez_6436"}
-- @if quirks
-- @changes
--   ~ payment_methods["yusuf_gonzalez_6436", "gift_card_4562457"].balance: 119.0 → 166.0
--   ~ reservation_flights["0SRV50", 1].date: "2024-05-16" → "2024-05-17"
--   ~ reservation_flights["0SRV50", 1].price: 147 → 100
--   + reservation_payments["0SRV50", 1] {payment_id: "gift_card_4562457", amount: -47}
-- @endif
-- @if !quirks
-- @changes
--   ~ payment_methods["yusuf_gonzalez_6436", "gift_card_4562457"].balance: 119.0 → 166.0
--   ~ reservation_flights["0SRV50", 1].date: "2024-05-16" → "2024-05-17"
--   ~ reservation_flights["0SRV50", 1].price: 147 → 100
--   + reservation_payments["0SRV50", 1] {payment_id: "gift_card_4562457", amount: -47}
--   ~ seats["HAT039", "2024-05-16", "economy"].free: 5 → 6
--   ~ seats["HAT039", "2024-05-17", "economy"].free: 1 → 0
-- @endif
-- @example more than is on the gift card
-- @call {"reservation_id": "0SRV50", "cabin": "business", "flights": [{"flight_number": "HAT057", "date": "2024-05-16"}, {"flight_number": "HAT039", "date": "2024-05-16"}], "payment_id": "gift_card_4562457"}
-- @fails invalid "Gift card balance is not enough"
-- @changes nothing
-- @use reservation
-- @table legs
SELECT w.flight_number, w.date, f.flight_number IS NOT NULL AS known, d.status, s.free, s.price,
       (SELECT k.price FROM reservation_flights AS k
         WHERE :cabin = :r.cabin AND k.reservation_id = :reservation_id AND k.flight_number = w.flight_number AND k.date = w.date
         ORDER BY k.position LIMIT 1) AS kept_price
  FROM :flights AS w
  LEFT JOIN flights AS f ON f.flight_number = w.flight_number
  LEFT JOIN flight_dates AS d ON d.flight_number = f.flight_number AND d.date = w.date
  LEFT JOIN seats AS s ON s.flight_number = d.flight_number AND s.date = d.date AND s.cabin = :cabin
 ORDER BY w.pos;
-- @reject conflict
SELECT CASE WHEN NOT known THEN format('Flight %s not found', flight_number)
            WHEN status IS NULL THEN format('Flight %s not found on date %s', flight_number, date)
            WHEN status <> 'available' THEN format('Flight %s not available on date %s', flight_number, date)
            WHEN free < :r.heads THEN format('Not enough seats on flight %s', flight_number) END
  FROM :legs WHERE kept_price IS NULL ORDER BY pos;
-- @if !quirks
-- @use no_flight_twice
-- @require json_array_length(:flights) > 0 else invalid "A reservation needs a flight"
-- @endif
-- @let due = :r.heads * ((SELECT coalesce(sum(coalesce(kept_price, price)), 0) FROM :legs)
--   - (SELECT coalesce(sum(price), 0) FROM reservation_flights WHERE reservation_id = :reservation_id))
-- @use charge
-- @if !quirks
-- @use release_seats
UPDATE seats SET free = seats.free - :r.heads FROM :legs AS w WHERE seats.flight_number = w.flight_number AND seats.date = w.date AND seats.cabin = :cabin;
-- @endif
DELETE FROM reservation_flights WHERE reservation_id = :reservation_id;
INSERT INTO reservation_flights (reservation_id, position, flight_number, date, price)
SELECT :reservation_id, pos, flight_number, date, coalesce(kept_price, price) FROM :legs;
UPDATE reservations SET cabin = :cabin WHERE reservation_id = :reservation_id;
-- @return
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @tool update_reservation_baggages
-- @doc Change the number of bags of a reservation. Each paid bag more than before is 50 dollars.
-- @param reservation_id text ref(reservations.reservation_id)
-- @param total_baggages integer All checked bags, after the change.
-- @param nonfree_baggages integer Those of them that are paid for, after the change.
-- @param payment_id text ref(payment_methods.payment_id) A credit card or gift card of the user.
-- @example two more paid bags
-- @call {"reservation_id": "0SRV50", "total_baggages": 2, "nonfree_baggages": 2, "payment_id": "credit_card_8843042"}
-- @gives {"cabin":"economy","created_at":"2024-05-10T14:21:34","destination":"SEA","flight_type":"one_way","flights":[{"date":"2024-05-16","destination":"ATL","flight_number":"HAT057","origin":"JFK","price":199},{"date":"2024-05-16","destination":"SEA","flight_number":"HAT039","origin":"ATL","price":147}],"insurance":"yes","nonfree_baggages":2,"origin":"JFK","passengers":[{"dob":"1993-01-04","first_name":"Yusuf","last_name":"Gonzalez"}],"payment_history":[{"amount":376,"payment_id":"credit_card_8843042"},{"amount":100,"payment_id":"credit_card_8843042"}],"reservation_id":"0SRV50","status":null,"total_baggages":2,"user_id":"yusuf_gonzalez_6436"}
-- @changes
--   + reservation_payments["0SRV50", 1] {payment_id: "credit_card_8843042", amount: 100}
--   ~ reservations["0SRV50"].total_baggages: 0 → 2
--   ~ reservations["0SRV50"].nonfree_baggages: 0 → 2
-- @use reservation
-- @if !quirks
-- @require :nonfree_baggages BETWEEN 0 AND :total_baggages else invalid "Paid bags must be from 0 to all bags"
-- @endif
-- @let due = 50 * max(0, :nonfree_baggages - :r.nonfree_baggages)
-- @use charge
UPDATE reservations SET total_baggages = :total_baggages, nonfree_baggages = :nonfree_baggages WHERE reservation_id = :reservation_id;
-- @return
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @tool update_reservation_passengers
-- @doc Replace the passengers of a reservation. Their number cannot change.
-- @param reservation_id text ref(reservations.reservation_id)
-- @param passengers list(first_name text, last_name text, dob text) open() Everybody who flies.
-- @example nobody is left
-- @call {"reservation_id": "0SRV50", "passengers": []}
-- @fails invalid "Number of passengers does not match"
-- @changes nothing
-- @use reservation
-- @require json_array_length(:passengers) = :r.heads else invalid "Number of passengers does not match"
UPDATE reservation_passengers AS p SET first_name = n.first_name, last_name = n.last_name, dob = n.dob
  FROM :passengers AS n WHERE p.reservation_id = :reservation_id AND p.position = n.pos;
-- @return
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @tool cancel_reservation
-- @doc Cancel a whole reservation and note a refund of each of its payments.
-- @param reservation_id text ref(reservations.reservation_id)
-- @example a refund for each payment
-- @call {"reservation_id": "0SRV50"}
-- @gives {"cabin":"economy","created_at":"2024-05-10T14:21:34","destination":"SEA","flight_type":"one_way","flights":[{"date":"2024-05-16","destination":"ATL","flight_number":"HAT057","origin":"JFK","price":199},{"date":"2024-05-16","destination":"SEA","flight_number":"HAT039","origin":"ATL","price":147}],"insurance":"yes","nonfree_baggages":0,"origin":"JFK","passengers":[{"dob":"1993-01-04","first_name":"Yusuf","last_name":"Gonzalez"}],"payment_history":[{"amount":376,"payment_id":"credit_card_8843042"},{"amount":-376,"payment_id":"credit_card_8843042"}],"reservation_id":"0SRV50","status":"cancelled","total_baggages":0,"user_id":"yusuf_gonzalez_6436"}
-- @if quirks
-- @changes
--   + reservation_payments["0SRV50", 1] {payment_id: "credit_card_8843042", amount: -376}
--   ~ reservations["0SRV50"].status: null → "cancelled"
-- @endif
-- @if !quirks
-- @changes
--   + reservation_payments["0SRV50", 1] {payment_id: "credit_card_8843042", amount: -376}
--   ~ reservations["0SRV50"].status: null → "cancelled"
--   ~ seats["HAT039", "2024-05-16", "economy"].free: 5 → 6
--   ~ seats["HAT057", "2024-05-16", "economy"].free: 4 → 5
-- @endif
-- @if quirks
-- @example twice, which reverses the refund as well
-- @given cancel_reservation {"reservation_id": "0SRV50"}
-- @call {"reservation_id": "0SRV50"}
-- @gives {"cabin":"economy","created_at":"2024-05-10T14:21:34","destination":"SEA","flight_type":"one_way","flights":[{"date":"2024-05-16","destination":"ATL","flight_number":"HAT057","origin":"JFK","price":199},{"date":"2024-05-16","destination":"SEA","flight_number":"HAT039","origin":"ATL","price":147}],"insurance":"yes","nonfree_baggages":0,"origin":"JFK","passengers":[{"dob":"1993-01-04","first_name":"Yusuf","last_name":"Gonzalez"}],"payment_history":[{"amount":376,"payment_id":"credit_card_8843042"},{"amount":-376,"payment_id":"credit_card_8843042"},{"amount":-376,"payment_id":"credit_card_8843042"},{"amount":376,"payment_id":"credit_card_8843042"}],"reservation_id":"0SRV50","status":"cancelled","total_baggages":0,"user_id":"yusuf_gonzalez_6436"}
-- @changes
--   + reservation_payments["0SRV50", 2] {payment_id: "credit_card_8843042", amount: -376}
--   + reservation_payments["0SRV50", 3] {payment_id: "credit_card_8843042", amount: 376}
-- @endif
-- @if !quirks
-- @example twice
-- @given cancel_reservation {"reservation_id": "0SRV50"}
-- @call {"reservation_id": "0SRV50"}
-- @fails conflict "Reservation 0SRV50 is cancelled"
-- @changes nothing
-- @endif
-- @use reservation
INSERT INTO reservation_payments (reservation_id, position, payment_id, amount)
SELECT reservation_id, position + count(*) OVER (), payment_id, -amount FROM reservation_payments WHERE reservation_id = :reservation_id;
-- @if !quirks
-- @use release_seats
-- @endif
UPDATE reservations SET status = 'cancelled' WHERE reservation_id = :reservation_id;
-- @return
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @tool get_reservation_details
-- @doc Show a reservation: its flights, passengers, payments, bags and status.
-- @param reservation_id text ref(reservations.reservation_id)
-- @yields users.user_id $.user_id
-- @yields flights.flight_number $.flights[*].flight_number
-- @yields payment_methods.payment_id $.payment_history[*].payment_id
-- @return else "Reservation {reservation_id} not found"
SELECT doc FROM reservation_docs WHERE reservation_id = :reservation_id;

-- @tool get_user_details
-- @doc Show a user: name, address, membership, payment methods, saved passengers and the ids of all reservations.
-- @param user_id text ref(users.user_id)
-- @yields reservations.reservation_id $.reservations[*]
-- @return else "User {user_id} not found"
SELECT doc FROM user_docs WHERE user_id = :user_id;

-- @tool list_all_airports
-- @doc List all airports with their cities.
-- @yields airports.iata $[*].iata
-- @return list
SELECT iata, city FROM airports ORDER BY position;

-- @tool search_direct_flight
-- @doc Find flights from one airport to another that can be booked on a day, with seats and prices a cabin.
-- @param origin text of(airports.iata) Such as SFO.
-- @param destination text of(airports.iata) Such as JFK.
-- @param date text The day, as YYYY-MM-DD.
-- @yields flights.flight_number $[*].flight_number
-- @example one flight
-- @call {"origin": "PHL", "destination": "LGA", "date": "2024-05-20"}
-- @gives [{"available_seats":{"basic_economy":10,"business":13,"economy":17},"date":null,"destination":"LGA","flight_number":"HAT001","origin":"PHL","prices":{"basic_economy":61,"business":411,"economy":137},"scheduled_arrival_time_est":"07:00:00","scheduled_departure_time_est":"06:00:00","status":"available"},{"available_seats":{"basic_economy":16,"business":19,"economy":11},"date":null,"destination":"LGA","flight_number":"HAT096","origin":"PHL","prices":{"basic_economy":94,"business":234,"economy":172},"scheduled_arrival_time_est":"08:00:00","scheduled_departure_time_est":"07:00:00","status":"available"},{"available_seats":{"basic_economy":5,"business":10,"economy":3},"date":null,"destination":"LGA","flight_number":"HAT135","origin":"PHL","prices":{"basic_economy":96,"business":300,"economy":141},"scheduled_arrival_time_est":"16:00:00","scheduled_departure_time_est":"15:00:00","status":"available"},{"available_seats":{"basic_economy":4,"business":1,"economy":0},"date":null,"destination":"LGA","flight_number":"HAT296","origin":"PHL","prices":{"basic_economy":84,"business":293,"economy":138},"scheduled_arrival_time_est":"08:00:00","scheduled_departure_time_est":"07:00:00","status":"available"}]
-- @changes nothing
-- @return list
SELECT doc FROM offers WHERE origin = :origin AND destination = :destination AND date = :date ORDER BY flight_number;

-- @tool search_onestop_flight
-- @doc Find pairs of flights from one airport to another with one stop, where both can be booked and the second leaves after the first has come in.
-- @param origin text of(airports.iata) Such as SFO.
-- @param destination text of(airports.iata) Such as JFK.
-- @param date text The day of the first flight, as YYYY-MM-DD.
-- @yields flights.flight_number $[*][*].flight_number
-- @if quirks
-- @example a flight that leaves when the first has come in overnight is left out
-- @call {"origin": "DFW", "destination": "ATL", "date": "2024-05-16"}
-- @gives []
-- @changes nothing
-- @endif
-- @if !quirks
-- @example a flight that leaves when the first has come in overnight
-- @call {"origin": "DFW", "destination": "ATL", "date": "2024-05-16"}
-- @gives [[{"available_seats":{"basic_economy":2,"business":15,"economy":19},"date":"2024-05-16","destination":"SEA","flight_number":"HAT067","origin":"DFW","prices":{"basic_economy":93,"business":216,"economy":149},"scheduled_arrival_time_est":"03:00:00+1","scheduled_departure_time_est":"23:00:00","status":"available"},{"available_seats":{"basic_economy":13,"business":17,"economy":16},"date":"2024-05-17","destination":"ATL","flight_number":"HAT220","origin":"SEA","prices":{"basic_economy":84,"business":404,"economy":122},"scheduled_arrival_time_est":"08:00:00","scheduled_departure_time_est":"03:00:00","status":"available"}]]
-- @changes nothing
-- @endif
-- @return list
SELECT jsonb_array(jsonb_set(a.doc, '$.date', a.date), jsonb_set(b.doc, '$.date', b.date))
  FROM offers AS a JOIN offers AS b ON b.origin = a.destination AND b.destination = :destination
-- @if quirks
   -- The next day is written without a leading zero and always in May 2024, and +1 counts as a part of the time.
   AND b.date = iif(a.arrives_next_day, '2024-05-' || (CAST(substr(a.date, -2) AS INTEGER) + 1), a.date) AND b.departs >= a.arrival
-- @endif
-- @if !quirks
   AND b.date = date(a.date, a.arrives_next_day || ' days') AND b.departs >= a.arrives
-- @endif
 WHERE a.origin = :origin AND a.date = :date
 ORDER BY a.flight_number, b.flight_number;

-- @tool get_flight_status
-- @doc Show the status of a flight on a day.
-- @param flight_number text ref(flights.flight_number)
-- @param date text The day, as YYYY-MM-DD.
-- @example it has not left yet
-- @call {"flight_number": "HAT018", "date": "2024-05-15"}
-- @gives "on time"
-- @changes nothing
-- @example a day without it
-- @call {"flight_number": "HAT018", "date": "2024-06-15"}
-- @fails not_found "Flight HAT018 not found on date 2024-06-15"
-- @changes nothing
-- @require EXISTS (SELECT 1 FROM flights WHERE flight_number = :flight_number) else not_found "Flight {flight_number} not found"
-- @return else "Flight {flight_number} not found on date {date}"
SELECT status FROM flight_dates WHERE flight_number = :flight_number AND date = :date;

-- @tool send_certificate
-- @doc Give a user a travel certificate. This cannot be taken back.
-- @param user_id text ref(users.user_id)
-- @param amount integer What it is worth, in dollars.
-- @example the first of an episode
-- @call {"user_id": "isabella_garcia_1932", "amount": 100}
-- @gives "Certificate certificate_3221322 added to user isabella_garcia_1932 with amount 100."
-- @changes
--   + payment_methods["isabella_garcia_1932", "certificate_3221322"] {kind: "certificate", brand: null, last_four: null, balance: 100.0}
-- @example four are too many
-- @given send_certificate {"user_id": "isabella_garcia_1932", "amount": 100}
-- @given send_certificate {"user_id": "isabella_garcia_1932", "amount": 100}
-- @given send_certificate {"user_id": "isabella_garcia_1932", "amount": 100}
-- @call {"user_id": "isabella_garcia_1932", "amount": 100}
-- @fails conflict "Too many certificates"
-- @changes nothing
-- @if quirks
-- @example a negative amount
-- @call {"user_id": "isabella_garcia_1932", "amount": -5}
-- @gives "Certificate certificate_3221322 added to user isabella_garcia_1932 with amount -5."
-- @changes
--   + payment_methods["isabella_garcia_1932", "certificate_3221322"] {kind: "certificate", brand: null, last_four: null, balance: -5.0}
-- @endif
-- @if !quirks
-- @example a negative amount
-- @call {"user_id": "isabella_garcia_1932", "amount": -5}
-- @fails invalid "The amount must be positive"
-- @changes nothing
-- @endif
-- @require EXISTS (SELECT 1 FROM users WHERE user_id = :user_id) else not_found "User {user_id} not found"
-- @if !quirks
-- @require :amount > 0 else invalid "The amount must be positive"
-- @endif
-- An id is free again once its certificate is used up, and every user may have the same ids.
-- @row certificate else conflict "Too many certificates"
SELECT payment_id FROM new_certificate_ids AS n
 WHERE NOT EXISTS (SELECT 1 FROM payment_methods AS m WHERE m.user_id = :user_id AND m.payment_id = n.payment_id)
 ORDER BY payment_id LIMIT 1;
INSERT INTO payment_methods (user_id, payment_id, kind, balance) VALUES (:user_id, :certificate.payment_id, 'certificate', :amount);
-- @return = format('Certificate %s added to user %s with amount %d.', :certificate.payment_id, :user_id, :amount)

-- @tool transfer_to_human_agents
-- @doc Hand the user over to a human agent, with a summary. Only if the user asks for one, or if the policy and the tools leave no other way.
-- @param summary text unused() What the user wants and what was done so far.
-- @example any summary
-- @call {"summary": "The user asks for a person."}
-- @gives "Transfer successful"
-- @changes nothing
-- @return = 'Transfer successful'
