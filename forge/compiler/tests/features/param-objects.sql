-- @tool ship
-- @doc Objects, their members and members of members.
-- @param to object(name text, address object(street text, zip text? pattern('^[0-9]{5}$')), tags list(text)?)|null Where to.
-- @param gift boolean|null?
-- @return
SELECT :to.name AS name, :to.address.street AS street, :to.address.zip AS zip, :to.address.zip? AS has_zip, jsonb(:to.address) AS address,
       (SELECT count(*) FROM :to.tags) AS tags, 'a' IN :to.tags AS tagged, :gift AS gift, :gift? AS gift_given;
-- ===== calls
ship {"to": {"name": "Ada", "address": {"street": "Elm 1", "zip": "01234"}, "tags": ["b", "a"]}, "gift": true}
ship {"to": {"name": "Ada", "address": {"street": "Elm 1"}}, "gift": null}
ship {"to": null}
ship {"to": {"name": "Ada", "address": {"street": "Elm 1", "zip": "x"}}}
ship {"to": {"name": "Ada", "address": {}}}
ship {"to": {"name": "Ada", "address": {"street": "Elm 1"}, "phone": "1"}}
