extension SceneCatalog {
    /// Living things and sports.
    static let thirdFamilies: [SceneFamily] = [
        SceneFamily(Cat.self),
        SceneFamily(Dog.self),
        SceneFamily(Horse.self),
        SceneFamily(Walker.self),
        SceneFamily(Dancer.self),
        SceneFamily(Surfer.self),
        SceneFamily(Skier.self),
        SceneFamily(Jellyfish.self),
        SceneFamily(Duck.self),
        SceneFamily(Turtle.self),
        SceneFamily(Bloom.self),
        SceneFamily(Astronaut.self),
    ]
}
