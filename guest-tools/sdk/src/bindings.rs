//! The bindings of the state, made by wit-bindgen from the published contract.

wit_bindgen::generate!({
    path: "wit",
    inline: "
        package wardian:guest;
        world guest { import wardian:env/state@0.1.0; }
    ",
    generate_all,
});
